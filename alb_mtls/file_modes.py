"""Files with secrets that others on the machine can read."""

import shlex
import stat

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def open_to_others(name: str, path: str, mode: int, *, what: str) -> str | None:
    """Return the warning about a file that its group or everybody can use; None when only its owner can.

    Args:
        name: how the warning names it.
        path: of it.
        mode: as `os.stat` gives it; of a pipe and the like it says nothing.
        what: others can read.
    """
    if not stat.S_ISREG(mode) or not mode & _OTHERS:
        return None
    command = shlex.join(("chmod", "600", "--", path) if path.startswith("-") else ("chmod", "600", path))
    return f"{name} has mode {stat.S_IMODE(mode):04o}, so others on this machine can read {what}; run: {command}"
