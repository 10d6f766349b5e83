"""`python3 -m ops`, `-m lab` and `-m tools.demo` with a Python that cannot run them: a sentence, and no traceback."""

import ast
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from alb_mtls.version import VERSION
from tests.helpers.documents import REPOSITORY
from tests.helpers.forked import COMMANDS, forked


def _run(package: str, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *options, "-m", package, "--help"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(("package", "code"), [("ops", 2), ("lab", 1), ("tools.demo", 1)])
def test_without_the_packages_of_the_project_the_right_python_is_named(package: str, code: int) -> None:
    # -S leaves the packages of the environment out.
    done = _run(package, "-S")

    assert (done.returncode, done.stdout) == (code, "")
    assert len(done.stderr.splitlines()) == 1
    assert f".venv/bin/python -m {package}" in done.stderr
    assert "No module named" in done.stderr


PACKAGES = {"ops": 2, "lab": 1, "tools.demo": 1}


@pytest.mark.parametrize(("package", "code"), PACKAGES.items())
def test_with_a_python_that_is_too_old_the_right_one_is_named(package: str, code: int) -> None:
    pretended = (
        "import runpy, sys; sys.version, sys.version_info = '3.8.10 (old)', (3, 8, 10, 'final', 0); "
        f"runpy.run_module({package!r}, run_name='__main__')"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-c", pretended], cwd=REPOSITORY, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout) == (code, "")
    assert len(done.stderr.splitlines()) == 1
    assert f"needs Python 3.11 or later, and {sys.executable} is 3.8.10; run it with" in done.stderr
    assert f".venv/bin/python -m {package}" in done.stderr


@pytest.mark.parametrize("package", PACKAGES)
def test_such_a_python_can_read_what_says_so(package: str) -> None:
    folder = REPOSITORY / package.replace(".", "/")
    for file in (folder / "__main__.py", folder / "__init__.py", folder.parent / "tools" / "__init__.py"):
        if file.is_file():
            ast.parse(file.read_text("utf-8"), feature_version=(3, 8))
    with pytest.raises(SyntaxError):
        ast.parse("match 1:\n  case _: pass", feature_version=(3, 8))


@pytest.mark.parametrize("package", ["ops", "lab"])
def test_with_them_the_command_runs(package: str) -> None:
    done = _run(package)

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("package", ["ops", "lab"])
def test_the_version_is_printed(package: str) -> None:
    run = f"import runpy, sys; sys.argv[1:] = ['--version']; runpy.run_module({package!r}, run_name='__main__')"
    done = forked(run, after=COMMANDS)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"alb-mtls {VERSION}\n", "")


def test_whoever_interrupts_while_modules_are_loaded_is_shown_no_traceback(tmp_path: Path) -> None:
    # A module that is loaded early, and during which somebody interrupts.
    (tmp_path / "typer.py").write_text("import os, signal\nos.kill(os.getpid(), signal.SIGINT)\n", "utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "ops", "--help"],
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (-signal.SIGINT, "", "")
