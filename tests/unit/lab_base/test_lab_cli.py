"""A lab that ends while `python -m lab status` looks at it is reported as one that does not run, or as it was."""

from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from lab import cli, lifecycle
from lab.paths import LabPaths
from lab.progress import Phase, Progress

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
