"""`python3 -m ops` and `-m lab` with a Python that lacks the packages: a sentence, and no traceback."""

import subprocess
import sys

import pytest

from tests.helpers.documents import REPOSITORY


def _run(package: str, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *options, "-m", package, "--help"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(("package", "code"), [("ops", 2), ("lab", 1)])
def test_without_the_packages_of_the_project_the_right_python_is_named(package: str, code: int) -> None:
    # -S leaves the packages of the environment out.
    done = _run(package, "-S")

    assert (done.returncode, done.stdout) == (code, "")
    assert len(done.stderr.splitlines()) == 1
    assert f".venv/bin/python -m {package}" in done.stderr
    assert "No module named" in done.stderr


@pytest.mark.parametrize("package", ["ops", "lab"])
def test_with_them_the_command_runs(package: str) -> None:
    done = _run(package)

    assert (done.returncode, done.stderr) == (0, "")
