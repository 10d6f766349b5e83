"""A lock that an interrupted pulumi left is cancelled; one that a pulumi still holds, or may hold, is not."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tools.demo.locks import left_behind
from tools.demo.stage import DemoError

HERE = socket.gethostname()


def _locked(state: Path, pid: int, host: str = HERE, stack: str = "dev") -> None:
    folder = state / ".pulumi" / "locks" / "organization" / "alb-mtls" / stack
    folder.mkdir(parents=True, exist_ok=True)
    content = {"pid": pid, "username": "root", "hostname": host, "timestamp": "2026-11-27T20:00:00Z"}
    (folder / "a1.json").write_text(json.dumps(content))


@pytest.fixture
def gone() -> int:
    """Pid of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_a_lock_of_a_process_that_is_gone_or_whose_pid_is_now_of_another_program_was_left_behind(
    tmp_path: Path, gone: int
) -> None:
    assert left_behind(tmp_path) == []
    _locked(tmp_path, gone)
    assert [lock.pid for lock in left_behind(tmp_path)] == [gone]
    _locked(tmp_path, os.getpid())
    assert [lock.pid for lock in left_behind(tmp_path)] == [os.getpid()]


def test_a_lock_of_another_stack_is_none_of_ours(tmp_path: Path, gone: int) -> None:
    _locked(tmp_path, gone, stack="prod")
    assert left_behind(tmp_path) == []


def test_while_pulumi_works_the_lock_stays_and_its_pid_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(psutil.Process, "name", lambda _: "pulumi")
    _locked(tmp_path, os.getpid())
    with pytest.raises(DemoError, match=rf"pulumi \(pid {os.getpid()} on {HERE}\) still works on stack dev: wait"):
        left_behind(tmp_path)


def test_a_lock_of_another_machine_stays_because_nobody_here_knows_whether_it_is_held(
    tmp_path: Path, gone: int
) -> None:
    _locked(tmp_path, gone, host="elsewhere")
    with pytest.raises(DemoError, match="on elsewhere"):
        left_behind(tmp_path)
