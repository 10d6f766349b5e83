"""Builds client programs once into the user's cache."""

import hashlib
import os
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from tools.toolchain.building import build_environment
from tools.toolchain.programs import cache_root

SOURCES = Path(__file__).parent / "sources"
_SECONDS = 600


def built(name: str, version: list[str], build: Callable[[Path], None]) -> Path:
    """Return the folder of what these sources and this version of a tool make; build it when it is not there.

    Args:
        name: folder of the sources in SOURCES.
        version: command that prints the version of the tool.
        build: puts what is made into the folder that it is given.

    Raises:
        AssertionError: the build failed.
    """
    digest = hashlib.sha256(run_tool(version).encode())
    for source in sorted(path for path in (SOURCES / name).rglob("*") if path.is_file()):
        digest.update(source.read_bytes())
    folder = cache_root() / "clients" / name / digest.hexdigest()
    if folder.exists():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".building-", ignore_cleanup_errors=True) as building:
        made = Path(building) / "made"
        made.mkdir()
        build(made)
        try:
            made.rename(folder)
        except OSError:
            # Another process built the same meanwhile.
            if not folder.exists():
                raise
    return folder


def run_tool(command: list[str], *, folder: Path = SOURCES) -> str:
    """Return what a tool prints.

    Raises:
        AssertionError: it failed.
    """
    environment = build_environment() if command[0] == "go" else dict(os.environ)
    run = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=_SECONDS, check=False
    )
    if run.returncode != 0:
        message = f"`{' '.join(command)}` in {folder} failed with exit code {run.returncode}:\n{run.stdout}{run.stderr}"
        raise AssertionError(message)
    return run.stdout
