"""What a run of the program leaves in its report: listeners, findings, and what stopped it, by key."""

import json
import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pulumi
import pytest
from pulumi.dynamic import CreateResult

from alb_mtls.cluster.errors import Unreachable
from alb_mtls.cluster.listener_key import ListenerKey
from alb_mtls.configuration.model import Settings
from alb_mtls.configuration.problems import SettingsError
from alb_mtls.errors import OperationFailed
from alb_mtls.report_file import VARIABLE
from components.printing import stop, stop_at, warn
from components.providers import process
from components.providers.base import Provider, announce, refused, show, user_facing_errors
from components.providers.deployment import DeploymentProvider
from components.providers.engine_log import about
from components.providers.listener_claim import ListenerClaimProvider
from components.settings import begin
from ops.comment.command import comment_of
from ops.comment.facts import RunCommand, facts_of
from ops.comment.verdict import Colour, verdict_of
from tests.fakes.alb import Alb
from tests.fakes.cas import Cas
from tests.fakes.cluster import Cluster
from tests.helpers.albconfigs import LISTENER, albconfig, https
from tests.helpers.claims import claim_of
from tests.helpers.documents import REPOSITORY
from tests.helpers.fake_session import running
from tests.helpers.program import run_program
from tests.helpers.provider_world import Deployed, world
from tests.helpers.stack_file import put

Read = Callable[..., Settings]

ANCHOR = "pulumi-python:dynamic/stack:Deployment"


@pytest.fixture
def report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Name a report."""
    path = tmp_path / "report.json"
    monkeypatch.setenv(VARIABLE, str(path))
    return path


def _content(path: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return document


def _begin(*, preview: bool = False) -> None:
    with (
        patch.object(pulumi, "get_project", lambda: "alb-mtls"),
        patch.object(pulumi, "get_stack", lambda: "test"),
        running(preview=preview),
    ):
        begin()


def _run(settings: Settings, cluster: Cluster | None = None, outputs: dict[str, Any] | None = None) -> None:
    def loaded() -> Settings:
        begin()
        return settings

    def program() -> None:
        runpy.run_path(str(REPOSITORY / "__main__.py"))

    with (
        patch("components.settings.load_settings", loaded),
        running(preview=settings.preview, kube=cluster or Cluster(), alb=Alb(), cas=Cas()),
    ):
        answers = {ANCHOR: {"deployment": "deployment-1"}, **(outputs or {})}
        run_program(program, outputs=answers, preview=settings.preview)


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
        {"key": "clients[0].name", "message": "is wrong", "resource": None},
        {"key": "alicloud:region", "message": "is missing", "resource": None},
        {
            "key": None,
            "message": "Kubernetes does not answer: try again Nothing was touched in cluster and cloud.",
            "resource": None,
        },
    ]
    assert _content(report)["complete"] is False


def test_findings_that_stop_a_run_stand_below_why_they_do_and_mistakes_need_no_head(report: Path) -> None:
    _begin()
    stop("onBypass is fail, and this was found:", "  listener 80/HTTP: it forwards (HTTP_FORWARDS)")
    stop("1 mistake in the configuration:", "  proof.host: is missing")
    assert _content(report)["errors"] == [
        {"key": None, "message": "onBypass is fail, and this was found:", "resource": None},
        {"key": None, "message": "listener 80/HTTP: it forwards (HTTP_FORWARDS)", "resource": None},
        {"key": "proof.host", "message": "is missing", "resource": None},
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


@pytest.mark.parametrize("deployment", ["deployment-1", "deployment-2"])
def test_a_preview_reports_a_listener_that_leaves_the_configuration_and_none_of_another_deployment(
    read: Read, report: Path, deployment: str
) -> None:
    other = ListenerKey(alb_config="alb", port=8443, protocol="HTTPS")
    claim = claim_of(deployment=deployment, written={"/caEnabled": True})
    item = albconfig(https(), https(8443, caEnabled=True), annotations={other.claim_annotation: claim.to_text()})
    _run(read(preview=True), Cluster(item=item))
    leaving = [one for one in _content(report)["listeners"] if one["leaves"]]
    assert [one["listener"] for one in leaving] == ["alb/8443"] * (deployment == "deployment-1")
    staying = next(one for one in _content(report)["listeners"] if not one["leaves"])
    assert all({*one} == {*staying, "givenBackTo", "stopped"} for one in leaving)


@pytest.mark.parametrize(
    ("named", "known", "leaves"),
    [
        ("ca-now", ["ca-now"], True),
        ("ca-removed", ["ca-removed", "ca-now"], True),
        ("ca-removed", None, False),
        ("ca-theirs", ["ca-removed", "ca-now"], False),
    ],
    ids=["of this generation", "of one that was removed", "of which nobody knows", "of somebody else"],
)
def test_a_listener_of_git_leaves_whichever_generation_of_this_stack_it_names(
    read: Read, report: Path, named: str, known: list[str] | None, *, leaves: bool
) -> None:
    bound = {"caEnabled": True, "caCertificates": [{"CertificateId": named}]}
    outputs = {
        "pulumi-python:dynamic/cas:Certificate": {"caIdentifier": "ca-now", "owned": True},
        "pulumi-python:dynamic/alb:ListenerClaim": {} if known is None else {"known": known},
    }
    _run(
        read(put("listeners.0.write", "none"), preview=True),
        Cluster(item=albconfig(https(), https(8443, **bound))),
        outputs,
    )
    leaving = [one for one in _content(report)["listeners"] if one["leaves"]]
    assert [(one["listener"], one["stopsUp"], one["write"]) for one in leaving] == [("alb/8443", True, "none")] * leaves


KEYS = {
    *("listener", "albConfig", "port", "protocol", "looked", "leaves", "changes", "stopsUp", "before", "after"),
    *("rejectsClientsWithoutCertificate", "noLongerTrusted", "rejectsClientsOfAnotherCa", "edition", "hosts"),
    *("allowedHosts", "takeOver", "write", "fragment", "awaiting", "handedOver", "identityHeaders", "owners"),
    *("otherWriters", "proof"),
}


@pytest.mark.parametrize("answers", [True, False])
def test_a_listener_that_could_not_be_looked_at_is_reported_as_that(read: Read, report: Path, *, answers: bool) -> None:
    failure = None if answers else Unreachable("https://one.example:6443", "no route to host")
    _run(read(preview=True), Cluster(failure=failure))
    content = _content(report)
    assert content["complete"]
    assert bool(content["notKnown"]) is not answers
    [listener] = content["listeners"]
    assert (listener["listener"], listener["looked"]) == ("alb/443", answers)
    assert (listener["rejectsClientsWithoutCertificate"] is None) is not answers
    assert {*listener} == KEYS


class _Failing(Provider):
    @user_facing_errors
    def create(self, props: Any) -> CreateResult:
        message = f"the listener {props} was rolled back"
        raise OperationFailed(message)


@pytest.mark.parametrize("program", [True, False])
def test_what_fails_a_resource_is_reported_with_its_name_but_not_by_a_destroy_which_has_no_report(
    report: Path, monkeypatch: pytest.MonkeyPatch, *, program: bool
) -> None:
    _begin()
    monkeypatch.setattr(process, "has_program", lambda: program)
    with about("urn:pulumi:test::alb-mtls::x$y::alb-443-https-switch"), pytest.raises(OperationFailed):
        _Failing().create({})
    assert refused({}, "it is wrong").failures
    assert _content(report)["errors"] == program * [
        {"key": None, "message": "the listener {} was rolled back", "resource": "alb-443-https-switch"},
        {"key": None, "message": "it is wrong", "resource": None},
    ]


def test_a_run_has_a_program_as_soon_as_its_anchor_is_checked() -> None:
    with patch.object(process._current, "_has_program", False):  # noqa: SLF001 - of this very process
        assert not process.has_program()
        DeploymentProvider().check({}, {"owner": "alb-mtls/test", "found": []})
        assert process.has_program()


@pytest.mark.parametrize("program", [True, False])
def test_a_listener_that_was_given_back_is_reported_by_an_up(
    report: Path, monkeypatch: pytest.MonkeyPatch, *, program: bool
) -> None:
    world(monkeypatch)
    _begin()
    monkeypatch.setattr(process, "has_program", lambda: program)
    deployed = Deployed.up()
    ListenerClaimProvider().delete(deployed.claim["token"], deployed.claim)
    said = [(one["listener"], one["message"].partition(" (")[0]) for one in _content(report)["givenBack"]]
    assert said == program * [("alb/443", "443/HTTPS of alb: given back as it was before this stack came")]


def test_what_is_to_be_committed_to_git_stands_in_the_report_with_who_is_awaited(read: Read, report: Path) -> None:
    _run(read(put("listeners.0.write", "none"), preview=True))
    [listener] = _content(report)["listeners"]
    # The CA has no identifier yet.
    assert (listener["write"], listener["fragment"], listener["awaiting"]) == ("none", None, "Git")
    assert listener["rejectsClientsWithoutCertificate"] is True
    _run(read(put("listeners.0.write", "none"), put("enabled", "false"), preview=True))
    [off] = _content(report)["listeners"]
    assert off["awaiting"] is None
    _run(read(preview=True))
    [patched] = _content(report)["listeners"]
    assert (patched["write"], patched["fragment"], patched["awaiting"]) == ("patch", None, None)


@pytest.mark.parametrize("write", ["none", "patch"])
def test_a_listener_that_this_stack_holds_is_reported_as_handed_over_with_write_none(
    read: Read, report: Path, write: str
) -> None:
    bound: dict[str, Any] = {"caEnabled": True, "caCertificates": [{"CertificateId": "ca-ours"}]}
    claim = claim_of(written={f"/{name}": value for name, value in bound.items()})
    item = albconfig(https(**bound), annotations={LISTENER.claim_annotation: claim.to_text()})
    _run(read(put("listeners.0.write", write), preview=True), Cluster(item=item))
    [listener] = _content(report)["listeners"]
    assert listener["handedOver"] is (write == "none")


def _first_line(path: Path, *, code: int) -> tuple[Colour, str]:
    found = facts_of(
        path.read_text("utf-8"), command=RunCommand.PREVIEW, exit_code=code, project="alb-mtls", stack="test"
    )
    verdict = verdict_of(found)
    return verdict.colour, comment_of(found, verdict, None).splitlines()[1]


@pytest.mark.parametrize(
    ("hosts", "colour", "lead"),
    [(None, Colour.RED, "LOCKED OUT"), (["demo.alb.ingress.top"], Colour.YELLOW, "LOCKED OUT, as the stack file says")],
)
def test_the_comment_on_a_preview_that_turns_a_listener_on_says_who_loses_access(
    read: Read, report: Path, hosts: list[str] | None, colour: Colour, lead: str
) -> None:
    listeners = [{"albConfig": "alb", "port": 443, **({} if hosts is None else {"hosts": hosts})}]
    _run(read(put("listeners", listeners), preview=True))
    said = "every client without a certificate, on 1 host (demo.alb.ingress.top) of 443/HTTPS of alb."
    assert _first_line(report, code=0) == (colour, f"**{lead}**: {said}")


def test_the_comment_on_a_preview_without_a_cluster_says_that_nothing_is_known(read: Read, report: Path) -> None:
    _run(read(preview=True), Cluster(failure=Unreachable("https://one.example:6443", "no route to host")))
    said = "**Not known**: no listener could be looked at, so nobody knows who loses access."
    assert _first_line(report, code=0) == (Colour.RED, said)


def test_the_comment_on_a_mistake_in_the_configuration_begins_with_it(report: Path) -> None:
    _begin(preview=True)
    stop_at(SettingsError(["proof.host: is missing"]))
    said = "**The preview failed**: proof.host: is missing; an up stops there too, before anything is touched."
    assert _first_line(report, code=255) == (Colour.RED, said)
