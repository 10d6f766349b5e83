"""The Makefile decides when the virtual environment is made, filled again or left alone."""

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.helpers.documents import REPOSITORY
from tests.unit.toolchain.conftest import Machine

# Writes down what it is asked, makes virtual environments of copies of itself, and installs while there is a network.
_FAKE_PYTHON = """cd {0}; echo "$*" >> asked
if [ "$2" = venv ]; then mkdir -p .venv/bin; cp python .venv/bin/python; fi
case $2 in tools.toolchain.running) test -e network ;; esac"""
_BUILD, _LAB, _DEV = "requirements-build.txt", "requirements-lab.txt", "requirements-dev.txt"
_HASHED = "-m pip install --disable-pip-version-check --no-input --require-hashes"
_MADE = "-m venv --clear .venv"
# What shows how far it is runs pip.
_SHOWN = (
    f"-m tools.toolchain.running Python packages .venv/bin/python {_HASHED} --progress-bar off --no-build-isolation"
)


def _installed(file: str) -> list[str]:
    return [f"{_HASHED} --quiet -r {_BUILD}", f"{_SHOWN} -r {file}"]


@dataclass(frozen=True)
class Make:
    """A folder in which `make` asks a Python that installs nothing."""

    folder: Path

    def asked(self, target: str) -> list[str]:
        """What the Python is asked for a target."""
        (self.folder / "asked").write_text("")
        makefile = str(REPOSITORY / "Makefile")
        make = ["make", "-C", str(self.folder), "-f", makefile, f"PYTHON={self.folder / 'python'}", target]
        subprocess.run(make, check=False, capture_output=True)
        return [line for line in (self.folder / "asked").read_text().splitlines() if not line.endswith("--version")]


@pytest.fixture
def make(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> Make:
    # Of the make that runs this test.
    monkeypatch.delenv("MAKEFLAGS", raising=False)
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    machine.script(machine.folder / "python", _FAKE_PYTHON.format(machine.folder))
    for file in (_BUILD, _LAB, _DEV):
        (machine.folder / file).touch()
    return Make(machine.folder)


@pytest.mark.parametrize(("stamp", "file"), [(".venv/installed-lab", _LAB), (".venv/installed", _DEV)])
def test_an_environment_is_made_once_filled_again_with_what_changed_and_made_again_without_its_python(
    make: Make, stamp: str, file: str
) -> None:
    installed = _installed(file)
    assert make.asked(stamp) == [_MADE, *installed]
    (make.folder / "network").touch()
    assert make.asked(stamp) == installed
    assert make.asked(stamp) == []
    for changed in (_BUILD, file):
        for each, seconds in ((_BUILD, 1), (file, 1), (".venv/bin/python", 1), (stamp, 2), (changed, 3)):
            os.utime(make.folder / each, (seconds, seconds))
        assert make.asked(stamp) == installed
    (make.folder / ".venv" / "bin" / "python").unlink()
    assert make.asked(stamp) == [_MADE, *installed]


def test_what_tests_need_is_installed_beside_what_the_lab_has_and_the_lab_has_it_with_what_tests_need(
    make: Make,
) -> None:
    (make.folder / "network").touch()
    make.asked(".venv/installed-lab")
    assert make.asked(".venv/installed") == _installed(_DEV)
    assert make.asked(".venv/installed-lab") == []


def test_the_lab_and_the_tests_have_the_very_packages_that_production_has() -> None:
    def pinned(name: str) -> set[str]:
        # With their hashes, without the comments that say for what they are.
        lines = (REPOSITORY / name).read_text("utf-8").splitlines()
        pins = "\n".join(line for line in lines if not line.lstrip().startswith("#"))
        return {*re.split(r"\n(?=\S)", pins)}

    program, lab, tests = map(pinned, ("requirements.txt", _LAB, _DEV))
    assert program < lab < tests
