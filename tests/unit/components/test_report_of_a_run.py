"""What a run of the program leaves in its report: listeners, findings, and what stopped it, by key."""

import json
import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pulumi
import pytest

from alb_mtls.configuration.model import Settings
from alb_mtls.configuration.problems import SettingsError
from alb_mtls.report_file import VARIABLE
from components.printing import stop, stop_at, warn
from components.providers.base import announce, show
from components.settings import begin
from tests.fakes.alb import Alb
from tests.fakes.cas import Cas
from tests.fakes.cluster import Cluster
from tests.helpers.documents import REPOSITORY
from tests.helpers.fake_session import running
from tests.helpers.program import run_program

Read = Callable[..., Settings]


@pytest.fixture
def report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Name a report."""
    path = tmp_path / "report.json"
    monkeypatch.setenv(VARIABLE, str(path))
    return path


def _content(path: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return document


def _begin() -> None:
    with (
        patch.object(pulumi, "get_project", lambda: "alb-mtls"),
        patch.object(pulumi, "get_stack", lambda: "test"),
        running(),
    ):
        begin()


def _run(settings: Settings) -> None:
    def loaded() -> Settings:
        begin()
        return settings

    def program() -> None:
        runpy.run_path(str(REPOSITORY / "__main__.py"))

    with (
        patch("components.settings.load_settings", loaded),
        running(preview=settings.preview, kube=Cluster(), alb=Alb(), cas=Cas()),
    ):
        run_program(program, preview=settings.preview)


def test_a_preview_reports_each_listener_with_what_becomes_of_it(read: Read, report: Path) -> None:
    _run(read(preview=True))
    content = _content(report)
    assert (content["command"], content["project"], content["complete"]) == ("preview", "alb-mtls", True)
    [listener] = content["listeners"]
    assert (listener["listener"], listener["changes"], listener["proof"]) == ("alb/443", True, None)
    assert content["errors"] == []


def test_a_mistake_of_the_configuration_is_reported_by_its_key_and_another_stop_without_one(report: Path) -> None:
    _begin()
    stop_at(SettingsError(["clients[0].name: is wrong", "alicloud:region: is missing"]))
    stop("Kubernetes does not answer: try again", "Nothing was touched in cluster and cloud.")
    assert _content(report)["errors"] == [
        {"key": "clients[0].name", "message": "is wrong"},
        {"key": "alicloud:region", "message": "is missing"},
        {"key": None, "message": "Kubernetes does not answer: try again Nothing was touched in cluster and cloud."},
    ]
    assert _content(report)["complete"] is False


def test_findings_that_stop_a_run_stand_below_why_they_do_and_mistakes_need_no_head(report: Path) -> None:
    _begin()
    stop("onBypass is fail, and this was found:", "  listener 80/HTTP: it forwards (HTTP_FORWARDS)")
    stop("1 mistake in the configuration:", "  proof.host: is missing")
    assert _content(report)["errors"] == [
        {"key": None, "message": "onBypass is fail, and this was found:"},
        {"key": None, "message": "listener 80/HTTP: it forwards (HTTP_FORWARDS)"},
        {"key": "proof.host", "message": "is missing"},
    ]


def test_a_warning_is_reported_in_one_line(report: Path) -> None:
    _begin()
    with running() as logged:
        warn("one", "  two")
    assert _content(report)["warnings"] == ["one two"]
    assert logged.warnings == ["one\n  two"]


def test_what_a_diff_says_in_several_lines_is_one_message_whose_clauses_stay_apart(report: Path) -> None:
    _begin()
    announce("the listener was changed", "  last by somebody", "  an up sets it back")
    show("a header", "that a create has shown")
    assert _content(report)["messages"] == ["the listener was changed; last by somebody; an up sets it back"]
