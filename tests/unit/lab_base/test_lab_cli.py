"""A lab that ends while `python -m lab status` looks at it is reported as one that does not run, or as it was."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from alb_mtls.version import VERSION
from lab import cli, lifecycle
from lab.paths import PROJECT, LabPaths
from lab.progress import Phase, Progress
from tests.helpers.command_line import CliRunner, Result

_STATUS: dict[str, Any] = {"pid": 4242, "endpoints": {"cas": "127.0.0.1:1"}, "albconfigs": {}}


@pytest.fixture
def ended_after_a_look(monkeypatch: pytest.MonkeyPatch) -> None:
    """A lab that is ready when it is asked first, and gone when it is asked again."""
    answers = iter([Progress(phase=Phase.READY)])

    def require_ready(paths: LabPaths) -> Progress:
        for progress in answers:
            return progress
        raise lifecycle.NotRunningError(paths)

    monkeypatch.setattr(lifecycle, "require_ready", require_ready)


def _status(*arguments: str) -> Result:
    return CliRunner().invoke(cli.app, ["status", "--name", "ends", *arguments])


@pytest.mark.usefixtures("ended_after_a_look")
@pytest.mark.parametrize("arguments", [[], ["--json"]])
def test_a_lab_that_ends_after_it_was_read_is_reported_as_it_was(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cli, "read_status", lambda _: _STATUS)
    done = _status(*arguments)
    assert (done.exit_code, done.exception) == (0, None)
    assert "4242" in done.stdout


@pytest.mark.usefixtures("ended_after_a_look")
def test_a_lab_that_ends_before_it_was_read_does_not_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(cli, "read_status", lambda _: (tmp_path / "status.json").read_text())
    done = _status()
    assert done.exit_code == cli.NOT_RUNNING
    assert "lab 'ends' is not running" in done.stderr


def test_the_version_is_printed_and_nothing_else_is_done() -> None:
    done = CliRunner().invoke(cli.app, ["--version"])
    assert (done.exit_code, done.stdout) == (0, f"alb-mtls {VERSION}\n")


def test_a_reader_that_has_gone_gets_no_traceback() -> None:
    listing = [sys.executable, "-m", "lab", "--help"]
    with subprocess.Popen(listing, cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout
        process.stdout.close()
        assert process.stderr
        assert process.stderr.read() == b""
