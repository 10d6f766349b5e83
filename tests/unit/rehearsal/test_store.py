"""The store of a rehearsal ends with it, however that ends."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers.documents import REPOSITORY
from tests.helpers.lab import wait_until
from tools.rehearsal import store

_PLAY = """
import sys
from pathlib import Path
from tools.rehearsal import store
store.locate = lambda _: Path(sys.argv[1])
with store.running_store() as environment:
    print(environment["PULUMI_BACKEND_URL"], flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def server(tmp_path: Path) -> Path:
    """A program that says where it listens, and leaves the number of its process beside it."""
    program = tmp_path / "a server"
    program.write_text('#!/bin/sh\necho $$ > "$0.pid"\necho 127.0.0.1:9\nexec sleep 60\n')
    program.chmod(0o755)
    return program


def _runs(server: Path) -> bool:
    number = int(server.with_name(f"{server.name}.pid").read_text())
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(number)], capture_output=True, text=True, check=False).stdout
    # A process that has ended is there until somebody asks how.
    return bool(state.strip()) and not state.startswith("Z")


def test_the_store_runs_as_long_as_it_is_needed_and_no_longer(server: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "locate", lambda _: server)
    with store.running_store() as environment:
        assert "endpoint=http://127.0.0.1:9&" in environment["PULUMI_BACKEND_URL"]
        assert _runs(server)
    assert not _runs(server)


def test_a_killed_rehearsal_leaves_no_store(server: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _PLAY, str(server)], cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as play:
        assert play.stdout is not None
        assert play.stdout.readline().startswith(b"s3://")
        assert _runs(server)
        play.send_signal(signal.SIGKILL)
    wait_until(lambda: not _runs(server), "the store has ended", seconds=10)
