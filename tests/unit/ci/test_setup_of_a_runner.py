"""`ci/setup.sh` and `ci/audit.sh`, with a Python that only pretends to install."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers.documents import REPOSITORY

# Writes down what it is asked, makes environments of copies of itself, and runs code with the real Python.
_PYTHON = """case "$1$2" in
-mvenv) echo "$*" >> asked; for folder; do :; done; mkdir -p "$folder/bin"; cp "$0" "$folder/bin/python"
  cp pip-audit "$folder/bin" 2>/dev/null; exit 0 ;;
-mpip) echo "$*" >> asked; test ! -e offline; exit ;;
esac
exec {python} "$@"
"""
_PIP = "-m pip install --disable-pip-version-check --no-input --quiet --require-hashes"
_INSTALLED = [
    "-m venv --clear .venv",
    f"{_PIP} -r requirements-build.txt",
    f"{_PIP} --no-build-isolation -r requirements.txt",
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("ci", "alb_mtls"):
        (tmp_path / name).symlink_to(REPOSITORY / name)
    for name in ("requirements", "requirements-build", "requirements-dev", "requirements-audit"):
        (tmp_path / f"{name}.txt").write_text(name, "utf-8")
    _program(tmp_path / "bin" / "python3", _PYTHON.format(python=sys.executable))
    _program(tmp_path / "bin" / "pulumi", "echo v3.274.1\n")
    return tmp_path


def _program(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}", "utf-8")
    path.chmod(0o755)


def _call(folder: Path, script: str) -> subprocess.CompletedProcess[str]:
    (folder / "asked").write_text("")
    path = f"{folder / 'bin'}:/usr/bin:/bin"
    command = [folder / "ci" / script]
    return subprocess.run(command, env={"PATH": path}, capture_output=True, text=True, check=False, timeout=20)


def _asked(folder: Path) -> list[str]:
    return (folder / "asked").read_text("utf-8").splitlines()


def test_the_packages_are_installed_with_their_hashes_once_and_again_when_they_change(folder: Path) -> None:
    done = _call(folder, "setup.sh")
    assert (done.returncode, _asked(folder)) == (0, _INSTALLED)
    assert done.stdout == "Python packages of requirements.txt, and pulumi v3.274.1: ready\n"
    assert (_call(folder, "setup.sh").returncode, _asked(folder)) == (0, [])
    (folder / "requirements.txt").write_text("another", "utf-8")
    assert (_call(folder, "setup.sh").returncode, _asked(folder)) == (0, _INSTALLED)


def test_what_was_not_installed_whole_is_installed_again(folder: Path) -> None:
    (folder / "offline").touch()
    assert (_call(folder, "setup.sh").returncode, _asked(folder)) == (1, _INSTALLED[:2])
    (folder / "offline").unlink()
    assert (_call(folder, "setup.sh").returncode, _asked(folder)) == (0, _INSTALLED)


@pytest.mark.parametrize(
    ("program", "text", "sentence"),
    [
        ("pulumi", "echo v3.100.0\n", "this program needs the Pulumi CLI in version 3.259.0 or later"),
        ("pulumi", None, "pulumi is not on PATH: install the Pulumi CLI"),
        ("python3", "exit 1\n", "python3 is missing or older than Python 3.11"),
    ],
)
def test_a_program_that_cannot_be_used_is_named(folder: Path, program: str, text: str | None, sentence: str) -> None:
    (folder / "bin" / program).unlink()
    if text is not None:
        _program(folder / "bin" / program, text)
    done = _call(folder, "setup.sh")
    assert done.returncode == 1
    assert sentence in done.stderr
    assert "ready" not in done.stdout


@pytest.mark.parametrize("code", [0, 1])
def test_everything_that_is_pinned_is_audited_in_an_environment_of_its_own(folder: Path, code: int) -> None:
    _program(folder / "pip-audit", f'echo "$*" >> asked; exit {code}\n')
    assert _call(folder, "audit.sh").returncode == code
    files = ("requirements", "requirements-build", "requirements-dev", "requirements-audit")
    assert _asked(folder) == [
        "-m venv --clear .cache/audit",
        f"{_PIP} -r requirements-audit.txt",
        *(f"--strict --require-hashes --disable-pip --progress-spinner off -r {file}.txt" for file in files),
    ]
