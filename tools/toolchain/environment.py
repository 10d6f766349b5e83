"""The virtual environment, made from pinned and hashed requirements."""

import hashlib
import sys
from pathlib import Path

from tools.toolchain.programs import PROJECT
from tools.toolchain.running import run

_REQUIREMENTS = {"requirements-build.txt": (), "requirements-dev.txt": ("--no-build-isolation",)}
_PIP = ("-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--progress-bar", "off")


def is_as_required(project: Path = PROJECT) -> bool:
    """Tell whether the virtual environment holds what requirements-build.txt and requirements-dev.txt pin."""
    stamp = _stamp_file(project)
    return stamp.is_file() and stamp.read_text() == _stamp(project) and _python(project).exists()


def provide_environment(project: Path = PROJECT) -> None:
    """Make the virtual environment hold what the requirements pin; a run that was interrupted is gone on with.

    Args:
        project: The project's folder; the environment is its .venv.

    Raises:
        ToolchainError: venv or pip failed.
    """
    python = _python(project)
    if not (python.exists() and python.with_name("pip").exists()):
        run(
            "Virtual environment",
            [sys.executable, "-m", "venv", "--clear", str(project / ".venv")],
            folder=project,
            remedy="Install venv (on Debian and Ubuntu python3-venv), then run `make setup` again.",
        )
    for file, options in _REQUIREMENTS.items():
        run(
            f"Python packages of {file}",
            [str(python), *_PIP, "--require-hashes", *options, "-r", file],
            folder=project,
            remedy="Is there a network (else set PIP_INDEX_URL)? Then run `make setup` again: it goes on from here.",
        )
    _stamp_file(project).write_text(_stamp(project))


def _python(project: Path) -> Path:
    return project / ".venv" / "bin" / "python"


def _stamp_file(project: Path) -> Path:
    return project / ".venv" / "requirements.sha256"


def _stamp(project: Path) -> str:
    digest = hashlib.sha256(sys.version.encode())
    for file in _REQUIREMENTS:
        digest.update((project / file).read_bytes())
    return digest.hexdigest()
