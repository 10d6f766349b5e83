"""How the clients of a fleet may be called: as files on every system that a folder of them may be synced to."""

import re
from collections.abc import Iterator

from alb_mtls.pki.errors import shown

# As long as a commonName may be (RFC 5280, appendix A.1), which a client's name is by default.
LONGEST_NAME = 64

_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9_-])?")
# Windows opens a device for these, whatever follows after a dot.
_DEVICES = frozenset({"con", "prn", "aux", "nul", *(f"{kind}{n}" for kind in ("com", "lpt") for n in range(1, 10))})
_LINE_ENDS = re.compile(r"\r\n|\r|\n")
_MARK = "\ufeff"


def name_problem(name: str) -> str | None:
    """Return why a client of a fleet cannot be called so, or None."""
    if len(name) > LONGEST_NAME:
        return f"the name {shown(name)} has {len(name)} characters, but at most {LONGEST_NAME} are allowed"
    if not _NAME.fullmatch(name):
        return (
            f"the name {shown(name)} may hold only A-Z, a-z and 0-9, and within it -, _ and .; it becomes the name of "
            "the client, so choose another"
        )
    if name.split(".", maxsplit=1)[0].lower() in _DEVICES:
        return f"the name {shown(name)} is that of a device on Windows, where no file can be called so; choose another"
    return None


def names_in(text: str) -> Iterator[tuple[int, str]]:
    """Yield the names in a text, one a line, with the number of the line; `#` begins a comment."""
    for number, line in enumerate(_LINE_ENDS.split(text.removeprefix(_MARK)), start=1):
        name = line.partition("#")[0].strip(" \t")
        if name:
            yield number, name
