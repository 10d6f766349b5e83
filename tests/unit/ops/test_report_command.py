"""`python -m ops report`: where the page goes, what it ends with, and which stacks it is of."""

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import ops.report.command
from ops import cli
from ops.report.looking import Digest, Looked
from ops.stack import StackSource
from tests.helpers import report_stacks
from tests.helpers.command_line import CliRunner


def _run(*arguments: str) -> Any:
    return CliRunner().invoke(cli.app, ["report", *arguments])


@pytest.fixture
def sources(monkeypatch: pytest.MonkeyPatch) -> list[StackSource]:
    """Find a stack by its name alone; return which were looked at."""
    asked: list[StackSource] = []
    found = {"good": report_stacks.staging, "bad": report_stacks.production, None: report_stacks.staging}

    def look(source: StackSource, **_: object) -> Looked:
        asked.append(source)
        return found.get(source.stack, report_stacks.unreachable)()

    monkeypatch.setattr(ops.report.command, "look_at", look)
    return asked


@pytest.mark.usefixtures("sources")
@pytest.mark.parametrize(
    ("stacks", "code"), [(["good"], 0), (["bad"], 1), (["gone"], 2), (["good", "gone"], 2), (["bad", "gone"], 1)]
)
def test_findings_end_with_1_and_what_is_not_known_with_2_and_the_page_is_there(
    tmp_path: Path, stacks: list[str], code: int
) -> None:
    out = tmp_path / "report.html"
    done = _run("--out", str(out), *(word for stack in stacks for word in ("--stack", stack)))
    assert done.exit_code == code
    assert out.stat().st_mode & 0o777 == 0o600
    assert out.read_text("utf-8").startswith("<!doctype html>")
    assert "readable by you alone (mode 0600)" in done.stderr.replace("\n", " ")


@pytest.mark.usefixtures("sources")
def test_an_earlier_report_is_replaced_and_what_is_no_file_is_not(tmp_path: Path) -> None:
    file, folder, link, pipe = (tmp_path / name for name in ("file", "folder", "link", "pipe"))
    file.write_text("an earlier one", "utf-8")
    folder.mkdir()
    link.symlink_to(file)
    os.mkfifo(pipe)
    for other in (folder, link, pipe):
        done = _run("--out", str(other))
        assert done.exit_code == 2
        assert "neither followed nor replaced" in done.stderr.replace("\n", " ")
    assert file.read_text("utf-8") == "an earlier one"
    assert _run("--out", str(file)).exit_code == 0
    assert "enforced and proven" in file.read_text("utf-8")
    assert [one.name for one in tmp_path.iterdir() if one.name.startswith(".")] == []


@pytest.mark.parametrize("name", ["folder", ".", "..", "/"])
def test_nothing_is_looked_at_for_a_page_that_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sources: list[StackSource], name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    assert _run("--out", name).exit_code == 2
    assert sources == []


@pytest.mark.usefixtures("sources")
def test_a_name_that_is_no_text_is_shown_escaped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looked = report_stacks.staging()
    digest = Digest(file=os.fsdecode(b"Pulumi.\xff.yaml"), sha256=None)
    monkeypatch.setattr(ops.report.command, "look_at", lambda *_, **__: replace(looked, digest=digest))
    assert _run("--out", str(tmp_path / "report.html")).exit_code == 0
    assert "Pulumi.\\udcff.yaml" in (tmp_path / "report.html").read_text("utf-8")


@pytest.mark.usefixtures("sources")
def test_the_document_needs_no_page_and_one_of_them_is_needed(tmp_path: Path) -> None:
    done = _run("--json")
    assert done.exit_code == 0
    assert json.loads(done.stdout)["whole"]["title"] == "Mutual TLS is enforced and proven"
    both = _run("--json", "--out", str(tmp_path / "report.html"))
    assert json.loads(both.stdout)["stacks"][0]["name"] == "alb-mtls/staging"
    assert (tmp_path / "report.html").exists()
    assert _run().exit_code == 2


def test_each_stack_has_its_own_configuration_file(tmp_path: Path, sources: list[StackSource]) -> None:
    a, b = (tmp_path / name for name in ("a.yaml", "b.yaml"))
    stacks = ("--stack", "good", "--stack", "bad", "--json")
    assert _run(*stacks, "--config-file", str(a), "--config-file", str(b)).exit_code == 1
    assert [(one.stack, one.config_file) for one in sources] == [("good", a), ("bad", b)]
    sources.clear()
    done = _run(*stacks, "--config-file", str(a))
    assert (done.exit_code, sources) == (2, [])
    assert "one for each --stack" in done.stderr.replace("\n", " ")
