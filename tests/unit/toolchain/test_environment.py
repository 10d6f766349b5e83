"""Decides when the virtual environment is made, filled again or left alone."""

import shutil
import sys
from pathlib import Path

import pytest

from tests.unit.toolchain.conftest import Machine
from tools.toolchain import ToolchainError
from tools.toolchain.environment import check_room, provide_environment

_FAKE_PYTHON = """#!/bin/sh
PATH=/usr/bin:/bin
echo "$*" >> {log}
if [ -e {fails} ] && [ "$2" = pip ]; then echo "no such hash"; exit 1; fi
for folder; do :; done
if [ "$2" = venv ]; then mkdir -p "$folder/bin"; cp "$0" "$folder/bin/python"; cp "$0" "$folder/bin/pip"; fi
"""


class Project:
    """A project with requirements, on a Python that only writes down what it is asked."""

    def __init__(self, folder: Path) -> None:
        """Lay out the project."""
        self.folder = folder
        self.fails = folder.parent / "fails"
        self._log = folder.parent / "log"
        folder.mkdir()
        self.require("requirements-build.txt", "setuptools==1.0\n")
        self.require("requirements-dev.txt", "pulumi==1.0\npytest==2.0\n")

    @property
    def python(self) -> str:
        """The text of its Python."""
        return _FAKE_PYTHON.format(log=self._log, fails=self.fails)

    def require(self, file: str, text: str) -> None:
        """Write a requirements file."""
        (self.folder / file).write_text(text)

    def asked(self) -> list[str]:
        """What Python was asked since the last time."""
        lines = self._log.read_text().splitlines() if self._log.exists() else []
        self._log.unlink(missing_ok=True)
        return lines


@pytest.fixture
def project(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A fresh clone."""
    project = Project(machine.folder / "project")
    monkeypatch.setattr(sys, "executable", str(machine.script("python3", project.python)))
    return project


def test_a_fresh_clone_gets_an_environment_from_hashed_requirements(project: Project) -> None:
    assert provide_environment(project.folder)
    venv, build_tools, packages = project.asked()
    assert venv.startswith("-m venv ")
    assert "--require-hashes" in build_tools
    assert build_tools.endswith("requirements-build.txt")
    assert "--require-hashes --no-build-isolation" in packages
    assert packages.endswith("requirements-dev.txt")


def test_an_environment_that_is_as_required_is_left_alone(project: Project) -> None:
    provide_environment(project.folder)
    project.asked()
    assert not provide_environment(project.folder)
    assert project.asked() == []


@pytest.mark.parametrize("file", ["requirements-build.txt", "requirements-dev.txt"])
def test_other_requirements_are_installed_into_the_same_environment(project: Project, file: str) -> None:
    provide_environment(project.folder)
    project.asked()
    project.require(file, "setuptools==2.0\n")
    assert provide_environment(project.folder)
    assert [line.split()[1] for line in project.asked()] == ["pip", "pip"]


def test_an_interrupted_installation_goes_on(project: Project) -> None:
    project.fails.touch()
    with pytest.raises(ToolchainError, match=r"requirements-build\.txt \(1\): (.|\n)*no such hash"):
        provide_environment(project.folder)
    project.fails.unlink()
    project.asked()
    assert provide_environment(project.folder)
    assert [line.split()[1] for line in project.asked()] == ["pip", "pip"]


def _leave_free(monkeypatch: pytest.MonkeyPatch, gigabytes: float) -> None:
    usage = shutil.disk_usage("/")._replace(free=int(gigabytes * 10**9))
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: usage)


def test_too_small_a_disk_is_told_with_both_sizes_and_the_remedy(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    _leave_free(monkeypatch, 0.4)
    with pytest.raises(ToolchainError, match=r"0\.4 GB are free on the disk of .*up to 1\.5 GB: make room, or clone"):
        check_room(project.folder)


def test_a_disk_with_room_is_enough(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    _leave_free(monkeypatch, 1.6)
    check_room(project.folder)


def test_a_full_disk_is_enough_when_nothing_is_to_be_installed(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    provide_environment(project.folder)
    _leave_free(monkeypatch, 0.0)
    check_room(project.folder)


def test_an_environment_whose_python_is_gone_is_made_anew(project: Project) -> None:
    provide_environment(project.folder)
    project.asked()
    (project.folder / ".venv" / "bin" / "python").unlink()
    assert provide_environment(project.folder)
    assert "venv --clear" in project.asked()[0]
