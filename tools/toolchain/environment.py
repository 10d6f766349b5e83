"""The virtual environment, made from pinned and hashed requirements."""

import hashlib
import os
import re
import shutil
import sys
from pathlib import Path

from tools.toolchain.catalogue import PROJECT
from tools.toolchain.errors import ToolchainError
from tools.toolchain.running import Task, run

_BUILD_REQUIREMENTS = "requirements-build.txt"
_REQUIREMENTS = "requirements-dev.txt"
_STAMP = "requirements.sha256"
_GIGABYTE = 10**9
# Measured: 0.65 GB installed, and pip unpacks beside it.
_GIGABYTES = 1.5


def provide_environment(project: Path = PROJECT) -> bool:
    """Make the virtual environment hold what requirements-dev.txt pins, which includes requirements.txt.

    A stamp inside the environment says what it was made from; without it, or with another one, the installation is
    carried out again, which goes on where an interrupted one ended.

    Args:
        project: The project's folder; the environment is its .venv.

    Returns:
        Whether anything had to be done.

    Raises:
        ToolchainError: venv or pip failed.
    """
    if _is_as_required(project):
        return False
    folder = project / ".venv"
    build_requirements, requirements = project / _BUILD_REQUIREMENTS, project / _REQUIREMENTS
    python = folder / "bin" / "python"
    if not (python.exists() and (folder / "bin" / "pip").exists()):
        run(_making(folder, project))
    run(_installing(python, build_requirements, project))
    run(_installing(python, requirements, project, "--no-build-isolation"))
    (folder / _STAMP).write_text(_stamp(build_requirements, requirements))
    return True


def check_room(project: Path = PROJECT) -> None:
    """Check that the virtual environment fits on the disk, if there is anything to install.

    Raises:
        ToolchainError: There is too little room.
    """
    if _is_as_required(project):
        return
    free = shutil.disk_usage(project).free / _GIGABYTE
    if free < _GIGABYTES:
        message = (
            f"{free:.1f} GB are free on the disk of {project}, and the Python packages take up to {_GIGABYTES:.1f} GB: "
            "make room, or clone to another disk, and run `make setup` again."
        )
        raise ToolchainError(message)


def _is_as_required(project: Path) -> bool:
    folder = project / ".venv"
    stamp = folder / _STAMP
    wanted = _stamp(project / _BUILD_REQUIREMENTS, project / _REQUIREMENTS)
    return stamp.is_file() and stamp.read_text() == wanted and (folder / "bin" / "python").exists()


def _stamp(*requirements: Path) -> str:
    digest = hashlib.sha256(sys.version.encode())
    for file in requirements:
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _making(folder: Path, project: Path) -> Task:
    return Task(
        title=f"Virtual environment {folder}",
        arguments=[sys.executable, "-m", "venv", "--clear", str(folder)],
        folder=project,
        environment=os.environ,
        usual="about 0:10",
        counted="lines printed",
        counts=lambda _line: False,
        remedy="On Debian and Ubuntu install python3-venv, then run `make setup` again.",
    )


def _installing(python: Path, requirements: Path, project: Path, *options: str) -> Task:
    packages = len(re.findall(r"^\S+==", requirements.read_text(), re.MULTILINE))
    return Task(
        title=f"Python packages of {requirements.name} ({packages})",
        arguments=[
            *(str(python), "-m", "pip", "install", "--disable-pip-version-check", "--no-input"),
            *("--progress-bar", "off", "--require-hashes", *options, "-r", str(requirements)),
        ],
        folder=project,
        environment=os.environ,
        usual="about 2:00",
        counted=f"of {packages} found",
        counts=lambda line: line.startswith(("Collecting ", "Requirement already satisfied")),
        remedy="Mend what it says below (no network? set PIP_INDEX_URL) and run `make setup` again.",
    )
