"""Decides when the virtual environment is made, filled again or left alone."""

import sys
from pathlib import Path

import pytest

from tests.unit.toolchain.conftest import Machine
from tools.toolchain import ToolchainError
from tools.toolchain.environment import is_as_required, provide_environment

_FAKE_PYTHON = """PATH=/usr/bin:/bin
echo "$*" >> {folder}/log
if [ -e {folder}/fails ] && [ "$2" = pip ]; then echo "no such hash"; exit 1; fi
for venv; do :; done
if [ "$2" = venv ]; then mkdir -p "$venv/bin"; cp "$0" "$venv/bin/python"; cp "$0" "$venv/bin/pip"; fi
"""


@pytest.fixture
def clone(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh clone, on a Python that only writes down what it is asked."""
    python = machine.script(machine.folder / "python3", _FAKE_PYTHON.format(folder=machine.folder))
    monkeypatch.setattr(sys, "executable", str(python))
    (machine.folder / "requirements-build.txt").write_text("setuptools==1.0\n")
    (machine.folder / "requirements-dev.txt").write_text("pulumi==1.0\n")
    return machine.folder


def _asked(clone: Path) -> list[str]:
    return [line.split()[1] for line in (clone / "log").read_text().splitlines()]


def test_a_fresh_clone_gets_an_environment_from_hashed_requirements(clone: Path) -> None:
    assert not is_as_required(clone)
    provide_environment(clone)
    assert is_as_required(clone)
    venv, build_tools, packages = (clone / "log").read_text().splitlines()
    assert venv.startswith("-m venv --clear ")
    assert build_tools.endswith("--require-hashes -r requirements-build.txt")
    assert packages.endswith("--require-hashes --no-build-isolation -r requirements-dev.txt")


@pytest.mark.parametrize("file", ["requirements-build.txt", "requirements-dev.txt"])
def test_other_requirements_are_installed_into_the_same_environment(clone: Path, file: str) -> None:
    provide_environment(clone)
    (clone / file).write_text("setuptools==2.0\n")
    assert not is_as_required(clone)
    provide_environment(clone)
    assert _asked(clone) == ["venv", "pip", "pip", "pip", "pip"]


def test_a_failed_installation_is_not_taken_for_whole_and_the_next_run_goes_on(clone: Path) -> None:
    (clone / "fails").touch()
    with pytest.raises(ToolchainError, match=r"requirements-build\.txt: (.|\n)*no such hash"):
        provide_environment(clone)
    assert not is_as_required(clone)
    (clone / "fails").unlink()
    provide_environment(clone)
    assert _asked(clone) == ["venv", "pip", "pip", "pip"]


def test_an_environment_whose_python_is_gone_is_made_anew(clone: Path) -> None:
    provide_environment(clone)
    (clone / ".venv" / "bin" / "python").unlink()
    assert not is_as_required(clone)
    provide_environment(clone)
    assert is_as_required(clone)
