"""The Makefile decides when the virtual environment is made, filled again or left alone."""

import os
import subprocess

import pytest

from tests.helpers.documents import REPOSITORY
from tests.unit.toolchain.conftest import Machine

# Writes down what it is asked, makes virtual environments of copies of itself, and installs while there is a network.
_FAKE_PYTHON = """cd {0}; echo "$*" >> asked
if [ "$2" = venv ]; then mkdir -p .venv/bin; cp python .venv/bin/python; fi
if [ "$3" = install ]; then test -e network; fi"""
_BUILD, _DEV = "requirements-build.txt", "requirements-dev.txt"
_HASHED = "-m pip install --disable-pip-version-check --no-input --quiet --require-hashes"
_INSTALLED = [f"{_HASHED} -r {_BUILD}", f"{_HASHED} --no-build-isolation -r {_DEV}"]
_MADE = ["-m venv --clear .venv", *_INSTALLED]


def test_an_environment_is_made_once_filled_again_with_what_changed_and_made_again_without_its_python(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Of the make that runs this test.
    monkeypatch.delenv("MAKEFLAGS", raising=False)
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    here = machine.folder
    python = machine.script(here / "python", _FAKE_PYTHON.format(here))

    def asked() -> list[str]:
        (here / "asked").write_text("")
        make = ["make", "-C", str(here), "-f", str(REPOSITORY / "Makefile"), f"PYTHON={python}", ".venv/installed"]
        subprocess.run(make, check=False, capture_output=True)
        return [line for line in (here / "asked").read_text().splitlines() if not line.endswith("--version")]

    for file in (_BUILD, _DEV):
        (here / file).touch()
    assert asked() == _MADE[:2]
    (here / "network").touch()
    assert asked() == _INSTALLED
    assert asked() == []
    for changed in (_BUILD, _DEV):
        for file, seconds in ((_BUILD, 1), (_DEV, 1), (".venv/bin/python", 1), (".venv/installed", 2), (changed, 3)):
            os.utime(here / file, (seconds, seconds))
        assert asked() == _INSTALLED
    (here / ".venv" / "bin" / "python").unlink()
    assert asked() == _MADE
