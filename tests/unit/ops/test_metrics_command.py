"""`python -m ops metrics`: its exit code, and its file, which is whole or not there."""

import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ops import cli, metrics_command
from ops.current_listeners import CurrentListener
from ops.metrics import Look, exposition
from ops.status import Status
from tests.helpers.command_line import CliRunner
from tests.helpers.current import on_alb
from tests.helpers.metrics import STACK, metered, not_reached, parsed


def _run(*arguments: str) -> Any:
    return CliRunner().invoke(cli.app, ["metrics", "--stack", "test", *arguments])


@pytest.mark.parametrize(
    ("listener", "code"), [(metered(), 0), (metered(on_alb=on_alb(enabled=False)), 1), (not_reached(), 2)]
)
def test_the_exit_code_is_that_of_status_and_the_metrics_are_printed_with_each(
    stack: Callable[..., None], status: Callable[..., Status], listener: CurrentListener, code: int
) -> None:
    stack(status(listener))
    done = _run()
    assert done.exit_code == code
    assert "alb_mtls_listener_known" in parsed(done.stdout)


def test_a_stack_that_cannot_be_read_leaves_a_file_that_says_so_in_place_of_the_old_one(
    stack: Callable[..., None], status: Callable[..., Status], tmp_path: Path
) -> None:
    out = tmp_path / "alb-mtls.prom"
    stack(status(metered()))
    assert _run("--out", str(out)).exit_code == 0
    assert parsed(out.read_text())["alb_mtls_look_success"] == [(STACK, 1)]
    stack(None)
    done = _run("--out", str(out))
    assert (done.exit_code, done.stdout) == (2, "")
    assert "cannot be decrypted" in done.stderr
    assert parsed(out.read_text())["alb_mtls_look_success"] == [(STACK, 0)]


def test_a_defect_while_the_numbers_are_made_leaves_such_a_file_too(
    stack: Callable[..., None], status: Callable[..., Status], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(look: Look) -> str:
        if look.status is not None:
            message = "a number that is none"
            raise ValueError(message)
        return exposition(look)

    monkeypatch.setattr(metrics_command, "exposition", broken)
    stack(status(metered()))
    out = tmp_path / "alb-mtls.prom"
    done = _run("--out", str(out))
    assert (done.exit_code, "a defect of this command" in done.stderr) == (2, True)
    assert parsed(out.read_text())["alb_mtls_look_success"] == [(STACK, 0)]


def test_the_file_is_renamed_into_place_and_everybody_may_read_it(
    stack: Callable[..., None], status: Callable[..., Status], tmp_path: Path
) -> None:
    out = tmp_path / "alb-mtls.prom"
    out.write_text("an earlier look")
    before = out.stat().st_ino
    stack(status(metered()))
    assert _run("--out", str(out)).exit_code == 0
    assert stat.S_IMODE(out.stat().st_mode) == 0o644
    assert out.stat().st_ino != before
    assert [path.name for path in tmp_path.iterdir()] == [out.name]


@pytest.mark.parametrize(
    ("name", "why"), [("metrics.txt", "reads files *.prom only"), ("missing/alb-mtls.prom", "its folder is not there")]
)
def test_a_file_that_nobody_would_collect_is_refused(
    stack: Callable[..., None], status: Callable[..., Status], tmp_path: Path, name: str, why: str
) -> None:
    stack(status(metered()))
    done = _run("--out", str(tmp_path / name))
    assert done.exit_code == 2
    assert why in done.stderr
    assert list(tmp_path.iterdir()) == []
