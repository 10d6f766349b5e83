"""`python -m ops comment`: what it prints, and how it ends."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from ops.cli import app
from ops.comment.command import document_of
from ops.comment.verdict import verdict_of
from tests.helpers.command_line import CliRunner
from tests.helpers.run_reports import facts, listener, report


def _ran(arguments: Sequence[str]) -> tuple[int, str, str]:
    done = CliRunner().invoke(app, ["comment", *arguments])
    return done.exit_code, done.stdout, done.stderr


@pytest.fixture
def written(tmp_path: Path) -> Path:
    path = tmp_path / "report.json"
    path.write_text(json.dumps(report(listener(allowedHosts=None))), "utf-8")
    return path


def test_the_command_prints_the_comment_and_ends_with_1_only_with_the_gate_of_a_red_job(written: Path) -> None:
    words = ["--report", str(written), "--exit-code", "0"]
    code, out, err = _ran(words)
    assert (code, err) == (0, "")
    assert out.startswith("<!-- alb-mtls alb-mtls/prod -->\n**LOCKED OUT**: ")
    gated, same, why = _ran([*words, "--gate"])
    assert (gated, same) == (1, out)
    assert why.startswith("red: the stack file does not name the hosts of 443/HTTPS of alb")
    written.write_text(json.dumps(report(listener())), "utf-8")
    assert _ran([*words, "--gate"])[0] == 0


def test_the_command_ends_with_2_where_it_cannot_write_a_comment(written: Path, tmp_path: Path) -> None:
    words = ["--report", str(written), "--exit-code", "0"]
    assert _ran([*words, "--command", "up", "--gate"])[0] == 2
    assert _ran([*words, "--run-url", "javascript:alert(1)"])[0] == 2
    assert _ran(["--report", str(tmp_path), "--exit-code", "0"])[0] == 2
    missing = ["--report", str(tmp_path / "none.json"), "--exit-code", "255"]
    assert _ran(missing)[0] == 2
    code, out, _ = _ran([*missing, "--stack", "prod"])
    assert code == 0
    assert "**The preview failed**: the run has left no report" in out


def test_json_has_the_same_facts_with_the_report_whole(written: Path) -> None:
    code, out, _ = _ran(["--report", str(written), "--exit-code", "0", "--json", "--gate"])
    found = json.loads(out)
    assert (code, found["verdict"], found["stack"], found["noReport"]) == (1, "red", "prod", None)
    assert found["headline"].startswith("LOCKED OUT: every client without a certificate, on 2 hosts")
    assert found["report"]["listeners"] == [listener(allowedHosts=None)]
    nothing = facts(None, code=255)
    made = document_of(nothing, verdict_of(nothing), None)
    assert (made["report"], made["noReport"]) == (None, "the run has left no report")


@pytest.mark.parametrize(("since", "is_earlier"), [("2026-11-28T00:00:01Z", True), ("2026-11-28T00:00:00Z", False)])
def test_the_report_of_an_earlier_run_says_nothing_of_this_one(written: Path, since: str, *, is_earlier: bool) -> None:
    words = ["--report", str(written), "--exit-code", "255", "--since", since]
    code, out, _ = _ran([*words, "--stack", "prod"])
    assert code == 0
    assert ("and that of an earlier one began at `2026-11-28T00:00:00+00:00`" in out) is is_earlier
    assert ("443/HTTPS" in out) is not is_earlier
    assert _ran(words)[0] == (2 if is_earlier else 0)
