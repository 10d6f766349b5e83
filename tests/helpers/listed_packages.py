"""The Python of the language host, which lists the installed packages once for each test process.

The language host asks pip for them before each operation. That takes 0.2 s of a processor, and the answer stays the
same as long as nothing is installed. The demo, and the pages of a first cluster, have it asked each time.
"""

import shlex
import subprocess
import tempfile
from functools import cache
from pathlib import Path

from lab.paths import PROJECT

_PYTHON = PROJECT / ".venv" / "bin" / "python3"
# As the language host asks. Whatever else it asks or runs, Python itself answers.
_LISTING = ["-m", "pip", "list", "-v", "--format", "json"]


def python_that_lists_once() -> str:
    """Return the command, for the variable PULUMI_PYTHON_CMD."""
    return str(Path(_folder().name) / "python3")


@cache
def _folder() -> "tempfile.TemporaryDirectory[str]":
    folder = tempfile.TemporaryDirectory(prefix="listed-packages-")
    listed, command = Path(folder.name) / "packages.json", Path(folder.name) / "python3"
    answer = subprocess.run([_PYTHON, *_LISTING], capture_output=True, timeout=60, check=True)
    listed.write_bytes(answer.stdout)
    command.write_text(
        "#!/bin/sh\n"
        f'if [ "$*" = {shlex.quote(" ".join(_LISTING))} ]; then exec cat {shlex.quote(str(listed))}; fi\n'
        f'exec {shlex.quote(str(_PYTHON))} "$@"\n',
        "utf-8",
    )
    command.chmod(0o700)
    return folder
