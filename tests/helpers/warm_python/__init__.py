"""A virtual environment whose Python takes a hundredth of a second to start what Pulumi and `python -m ops` run.

To import what program and provider need takes most of the processor time of a preview, and the tests start a thousand
of both. Here one process for each test process has imported it, and forks (`server.py`). The language host also asks
pip for the installed packages before each operation; it is asked once. Python itself is started by the demo, the pages
of a first cluster, and whatever kills processes or looks at them
(docs/decisions/2026-11-28-what-the-tests-on-labs-cost.md).
"""

import atexit
import os
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

from lab.paths import PROJECT

_REAL = PROJECT / ".venv"
_HERE = Path(__file__).parent
_PYTHONS = ("python", "python3")
# As the language host asks.
_LISTING = ["-m", "pip", "list", "-v", "--format", "json"]
# For what it asks before each operation, a Python that is started would take ten times as long.
_FRONT = """#!/bin/sh
case "$*" in
"{listing}") exec cat "{folder}/packages.json" ;;
--version) exec "{python}" --version ;;
esac
# Nothing that it does needs a package, or what the environment says about Python.
exec "{python}" -IS "{folder}/caller.py" "$@"
"""
_servers: "list[subprocess.Popen[bytes]]" = []


@cache
def warm_environment() -> Path:
    """Return the folder of the virtual environment, made by the first call of a test process and removed at its end."""
    if not can_fork_for_others():
        return _REAL
    folder = Path(tempfile.mkdtemp(prefix="warm-python-"))
    atexit.register(shutil.rmtree, folder)
    python = str(_REAL / "bin" / "python3")
    listed = subprocess.run([python, *_LISTING], capture_output=True, timeout=60, check=True).stdout
    (folder / "packages.json").write_bytes(listed)
    _write(folder / "venv", python=python, project=str(PROJECT), folder=str(folder), listing=" ".join(_LISTING))
    server = subprocess.Popen(
        [python, str(_HERE / "server.py"), str(folder), str(PROJECT)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    _servers.append(server)
    # It ends with its input.
    atexit.register(server.communicate)
    assert server.stdout is not None
    assert server.stdout.readline() == b"\n"
    return folder / "venv"


def can_fork_for_others() -> bool:
    """Say whether the server can wait for its processes: by pidfd_open, which Linux alone has since 5.3."""
    try:
        os.close(os.pidfd_open(os.getpid()))
    except (AttributeError, OSError):
        return False
    return True


def warm_servers() -> list[int]:
    """Return the process that forks, if there is one: what is started by its Python runs below it."""
    return [server.pid for server in _servers]


def _write(environment: Path, **names: str) -> None:
    """Link everything but Python."""
    (environment / "bin").mkdir(parents=True)
    for each in (*_REAL.iterdir(), *(_REAL / "bin").iterdir()):
        if each.name not in ("bin", *_PYTHONS):
            (environment / each.relative_to(_REAL)).symlink_to(each)
    folder = environment.parent
    (folder / "caller.py").write_text(_filled((_HERE / "caller.py").read_text("utf-8"), names), "utf-8")
    for name in _PYTHONS:
        command = environment / "bin" / name
        command.write_text(_filled(_FRONT, names), "utf-8")
        command.chmod(0o700)


def _filled(text: str, names: dict[str, str]) -> str:
    for name, value in names.items():
        text = text.replace(f"{{{name}}}", value)
    return text
