"""A process that is forked for Pulumi or `python -m ops` in a test does what a new one does."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from lab.paths import PROJECT
from tests.helpers.lab import wait_until
from tests.helpers.warm_python import can_fork_for_others, warm_environment

pytestmark = pytest.mark.skipif(not can_fork_for_others(), reason="pidfd_open is not there")

REAL = PROJECT / ".venv" / "bin" / "python3"
# But for what a shell sets, which stands before it.
ENVIRONMENT = "{name: os.environ[name] for name in os.environ if name not in ('PWD', 'SHLVL', '_')}"
IMPORTED = "print('ops.cli' in sys.modules)"


@pytest.fixture
def warm() -> Path:
    return warm_environment() / "bin" / "python3"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with this program in it, where the language host would start it."""
    for entry in ("__main__.py", "alb_mtls", "components"):
        (tmp_path / entry).symlink_to(PROJECT / entry)
    return tmp_path


def _command(python: Path, project: Path, code: str) -> list[str]:
    """Return a command that is taken for that of the language host, and runs the code."""
    file = project / "pulumi-language-python-exec"
    file.write_text(f"import os, signal, sys, time\n{code}\n", "utf-8")
    return [str(python), "-u", str(file), "--dry_run", "a word"]


def _run(python: Path, project: Path, code: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        _command(python, project, code),
        cwd=project,
        env={"PATH": "/usr/bin", "GIVEN": "käse", **variables},
        input="typed",
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def _started(python: Path, project: Path, code: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(_command(python, project, code), cwd=project, stdout=subprocess.PIPE, text=True)


@pytest.mark.parametrize(
    ("code", "ended"),
    [
        (f"print(sys.argv[1:], os.getcwd(), {ENVIRONMENT}, sys.stdin.read())", 0),
        ("print('käse', end=''); print('beside', file=sys.stderr); sys.exit(3)", 3),
        ("print(__name__, sys.path[0], sys.executable); sys.exit('said at the end')", 1),
        ("import threading; threading.Thread(target=lambda: (time.sleep(0.1), print('late'))).start()", 0),
        ("import atexit; atexit.register(print, 'last')", 0),
        ("os._exit(7)", 7),
        ("os.kill(os.getpid(), signal.SIGKILL)", -signal.SIGKILL),
        ("os.kill(os.getpid(), signal.SIGTERM)", -signal.SIGTERM),
    ],
)
def test_what_it_is_given_prints_and_ends_with_is_as_of_a_new_one(
    warm: Path, project: Path, code: str, ended: int
) -> None:
    forked, new = (_run(python, project, code) for python in (warm, REAL))
    assert (forked.returncode, forked.stdout, forked.stderr) == (new.returncode, new.stdout, new.stderr)
    assert new.returncode == ended


def test_an_sdk_that_was_imported_before_has_read_what_is_given_now(warm: Path, project: Path) -> None:
    code = """
import alibabacloud_tea_openapi.client
for name, module in sorted(sys.modules.items()):
    if name.startswith(("alibabacloud_", "Tea", "darabonba")):
        print(name, [item for item in sorted(vars(module).items()) if isinstance(item[1], str | bool | None)])
"""
    given = {"HOME": "/elsewhere", "ALIBABA_CLOUD_ACCESS_KEY_ID": "an-id", "ALIBABA_CLOUD_ECS_METADATA_DISABLED": "no"}
    forked, new = (_run(python, project, code, **given).stdout for python in (warm, REAL))
    assert [each for each in new.splitlines() if each not in forked.splitlines()] == []
    for value in given.values():
        assert f"'{value}'" in new


def test_it_has_imported_this_project_and_a_new_one_has_not(warm: Path, project: Path) -> None:
    assert _run(warm, project, IMPORTED).stdout == "True\n"
    assert _run(REAL, project, IMPORTED).stdout == "False\n"


@pytest.mark.parametrize("entry", ["__main__.py", "alb_mtls", "components"])
def test_a_program_that_is_not_this_projects_is_run_by_a_new_one(warm: Path, project: Path, entry: str) -> None:
    (project / entry).unlink()
    (project / entry).mkdir()
    assert _run(warm, project, IMPORTED).stdout == "False\n"


def test_so_is_everything_that_is_neither_program_nor_provider_nor_ops(warm: Path, project: Path) -> None:
    file = project / "other.py"
    file.write_text(f"import sys\n{IMPORTED}\n", "utf-8")
    assert subprocess.check_output([warm, file], cwd=project, text=True) == "False\n"


def test_the_list_of_packages_is_answered_without_pip_and_nothing_else_is(warm: Path, tmp_path: Path) -> None:
    (tmp_path / "pip.py").write_text("print('asked')\n", "utf-8")

    def answer(*words: str, **variables: str) -> str:
        return subprocess.check_output([*words], env={**os.environ, **variables}, text=True)

    listing = ("-m", "pip", "list", "-v", "--format", "json")
    assert answer(str(warm), *listing, PYTHONPATH=str(tmp_path)) == answer(str(REAL), *listing)
    assert answer(str(warm), "-m", "pip", "list", PYTHONPATH=str(tmp_path)) == "asked\n"
    assert answer(str(warm), "--version") == answer(str(REAL), "--version")


def test_two_of_them_draw_different_numbers(warm: Path, project: Path) -> None:
    code = "import random, uuid; print(random.random(), uuid.uuid4())"
    first, second = (_run(warm, project, code).stdout.split() for _ in range(2))
    assert [a == b for a, b in zip(first, second, strict=True)] == [False, False]


def test_one_that_is_interrupted_can_end_in_its_own_way(warm: Path, project: Path) -> None:
    code = "print('ready')\ntry: time.sleep(60)\nexcept KeyboardInterrupt: print('interrupted'); sys.exit(5)"
    with _started(warm, project, code) as caller:
        assert caller.stdout is not None
        assert caller.stdout.readline() == "ready\n"
        caller.send_signal(signal.SIGINT)
        assert (caller.stdout.read(), caller.wait(30)) == ("interrupted\n", 5)


def test_a_signal_that_comes_after_its_end_changes_nothing_of_how_it_has_ended(warm: Path, project: Path) -> None:
    code = "print(os.getpid(), flush=True)\nsys.stdin.read(); sys.exit(6)"
    read, written = os.pipe()
    with subprocess.Popen(
        _command(warm, project, code), cwd=project, stdin=read, stdout=subprocess.PIPE, text=True
    ) as caller:
        os.close(read)
        assert caller.stdout is not None
        process = int(caller.stdout.readline())
        caller.send_signal(signal.SIGSTOP)
        os.close(written)
        wait_until(lambda: not psutil.pid_exists(process), "the process ends while its caller is stopped")
        caller.send_signal(signal.SIGTERM)
        caller.send_signal(signal.SIGCONT)
        assert (caller.stdout.read(), caller.wait(30)) == ("", 6)


def test_one_whose_caller_is_killed_ends_and_the_others_go_on(warm: Path, project: Path) -> None:
    code = "print(os.getpid())\ntime.sleep(60)"
    with _started(warm, project, code) as killed, _started(warm, project, code) as other:
        processes = [psutil.Process(int((one.stdout or sys.stdin).readline())) for one in (killed, other)]
        killed.kill()
        wait_until(lambda: not processes[0].is_running(), "the process of a caller that was killed ends")
        assert processes[1].is_running()
        assert _run(warm, project, "print('here')").stdout == "here\n"
        other.kill()
    wait_until(lambda: not processes[1].is_running(), "the other one ends too")


def test_when_the_test_process_is_killed_nothing_of_it_is_left(tmp_path: Path) -> None:
    code = "from tests.helpers.warm_python import *; warm_environment(); print(warm_servers()[0], flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=PROJECT,
        env={**os.environ, "TMPDIR": str(tmp_path)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        server = psutil.Process(int(process.stdout.readline()))
        process.kill()
    wait_until(lambda: not server.is_running(), "the process that forks ends")
