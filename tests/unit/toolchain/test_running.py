"""Decides that a long command shows signs of life, and that a failed one shows what it said."""

import os
import threading
import time
from pathlib import Path

import pytest

from tools.toolchain import running
from tools.toolchain.errors import ToolchainError
from tools.toolchain.running import Task, run

SECONDS_TO_WAIT = 20


def _task(script: str, folder: Path) -> Task:
    return Task(
        title="Something long",
        arguments=["/bin/sh", "-c", script],
        folder=folder,
        environment=os.environ,
        usual="about 3:00",
        counted="packages compiled",
        counts=lambda line: line.startswith("package"),
        remedy="Try again.",
    )


def test_a_long_command_tells_again_and_again_how_far_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(running, "_LOG_TICK_SECONDS", 0.05)
    script = "echo package a; echo package b; until [ -e seen ]; do sleep 0.05; done"
    command = threading.Thread(target=run, args=(_task(script, tmp_path),))
    command.start()
    printed, deadline = "", time.monotonic() + SECONDS_TO_WAIT
    while "of usually about 3:00, 2 packages compiled" not in printed:
        assert time.monotonic() < deadline, printed
        printed += capsys.readouterr().out
        time.sleep(0.01)
    (tmp_path / "seen").touch()
    command.join(SECONDS_TO_WAIT)
    assert printed.startswith("Something long: started; usually takes about 3:00\n")
    assert "Something long: done in 0:0" in capsys.readouterr().out


def test_lines_that_are_not_on_a_terminal_come_at_least_every_15_seconds() -> None:
    assert running._LOG_TICK_SECONDS <= 15  # noqa: SLF001 - the promise is this number


def test_a_failed_command_shows_the_remedy_and_what_it_said(tmp_path: Path) -> None:
    with pytest.raises(ToolchainError) as raised:
        run(_task("echo package a; echo it went wrong >&2; exit 3", tmp_path))
    assert "ended with exit code 3. Try again." in str(raised.value)
    assert "it went wrong" in str(raised.value)
    assert "package a" not in str(raised.value)


def test_a_command_that_is_not_there_is_named(tmp_path: Path) -> None:
    task = Task(**{**vars(_task("", tmp_path)), "arguments": ["/nowhere/go"]})
    with pytest.raises(ToolchainError, match=r"/nowhere/go could not be started \(No such file or directory\)"):
        run(task)


def test_an_interrupt_ends_the_command_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pid = tmp_path / "pid"

    def interrupt_once_it_runs(*_: object) -> int:
        deadline = time.monotonic() + SECONDS_TO_WAIT
        while not pid.exists():
            assert time.monotonic() < deadline
            time.sleep(0.01)
        raise KeyboardInterrupt

    monkeypatch.setattr(running, "_wait", interrupt_once_it_runs)
    with pytest.raises(KeyboardInterrupt):
        run(_task("echo $$ > part && mv part pid; while :; do sleep 0.05; done", tmp_path))
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid.read_text()), 0)
