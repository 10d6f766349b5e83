"""What a survey is given is looked at before anything is written, and refused where it is somebody's."""

import errno
import os
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from rich.console import Console

from alb_mtls.handshake.errors import Unreachable
from alb_mtls.handshake.observation import Observation, Verdict
from alb_mtls.session import Session
from ops import chosen_cluster as cluster_module
from ops.cli import app
from ops.configuration import parse_configuration
from ops.errors import EmptyStack
from ops.survey import opening as opening_module
from ops.survey.authorities import Authorities, new_survey_id
from ops.survey.probing import Prober
from tests.fakes.alb import Alb
from tests.fakes.cas import Cas
from tests.fakes.cluster import Cluster
from tests.helpers.albconfigs import LISTENER, albconfig, http, https
from tests.helpers.claims import claim_of
from tests.helpers.command_line import CliRunner

CLAIMED = {LISTENER.claim_annotation: claim_of().to_text()}
BY_A_SURVEY = {LISTENER.claim_annotation: claim_of(owner="ops survey").to_text()}
COPIED = {LISTENER.claim_annotation: claim_of(uid="of-another").to_text()}
HELD = {LISTENER.hold_annotation: "a freeze"}
ACCEPTED = Observation(verdict=Verdict.ACCEPTED, status=200)
GIVEN = ("--repository", "given", "--cas-endpoint", "international", "--region", "ap-southeast-1", "--context", "prod")


class World:
    """Cluster, ALB and CAS that every session leads to."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Lead every session to what it has."""
        self.cluster = Cluster(item=albconfig(https(), http()), routes=[])
        self.alb = Alb(cluster=self.cluster)
        self.cas = Cas()
        self.cas.add_repository("given")
        self.answer = ACCEPTED
        monkeypatch.setattr(Session, "kube", lambda *_: self.cluster)
        monkeypatch.setattr(Session, "alb", lambda *_: self.alb)
        monkeypatch.setattr(Session, "cas", lambda *_: self.cas)
        monkeypatch.setattr(opening_module, "try_switch", lambda *_, **__: "")
        monkeypatch.setattr(opening_module, "targets_of", lambda places, **_: [_Target(next(iter(places)))])
        monkeypatch.setattr(Prober, "ask", lambda *_: self.answer)

    def run(self, *more: str, listener: str = "alb/443") -> Any:
        """Run the command."""
        return CliRunner().invoke(app, ["survey", "--listener", listener, *GIVEN, *more])


class _Target:
    """Where the listener is reached."""

    host = "alb.example"

    def __init__(self, label: str) -> None:
        self.label = label


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    return World(monkeypatch)


@pytest.mark.parametrize(
    ("annotations", "words"),
    [
        (CLAIMED, "stack alb-mtls/dev claims listener 443/HTTPS"),
        (BY_A_SURVEY, "a survey holds listener 443/HTTPS"),
        (COPIED, "has the claim of another AlbConfig"),
        (HELD, "a freeze"),
    ],
)
def test_a_listener_that_is_claimed_or_held_is_refused(
    world: World, tmp_path: Path, annotations: dict[str, str], words: str
) -> None:
    world.cluster.item = albconfig(https(), annotations=annotations)
    done = world.run("--output", str(tmp_path / "a.json"), "--yes")

    assert (done.exit_code, words in done.stderr) == (2, True), done.stderr
    assert world.cluster.albconfig("alb")["metadata"]["annotations"] == annotations
    assert not (tmp_path / "a.json").exists()


@pytest.mark.parametrize(
    ("annotations", "command"),
    [
        (
            BY_A_SURVEY,
            "survey --listener alb/443 --put-back --context prod --cas-endpoint international --region ap-southeast-1",
        ),
        (COPIED, "release alb/443 --context prod"),
    ],
)
def test_the_command_of_a_refusal_reaches_the_same_cluster_and_cloud(
    world: World, tmp_path: Path, annotations: dict[str, str], command: str
) -> None:
    world.cluster.item = albconfig(https(), annotations=annotations)
    done = world.run("--output", str(tmp_path / "a.json"), "--yes")

    assert done.stderr.endswith(f": python -m ops {command}\n")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"caEnabled": True, "caCertificates": [{"CertificateId": "ca"}]}, "would let every client through"),
        ({"caEnabled": "true"}, "caEnabled"),
        ({"certificates": []}, "certificate"),
    ],
)
def test_a_listener_that_is_not_fit_is_refused(
    world: World, tmp_path: Path, fields: dict[str, Any], words: str
) -> None:
    world.cluster.item = albconfig(https(**fields))
    done = world.run("--output", str(tmp_path / "a.json"), "--yes")

    assert (done.exit_code, words in done.stderr) == (2, True), done.stderr
    assert "annotations" not in world.cluster.albconfig("alb")["metadata"]


@pytest.mark.parametrize(("edition", "words"), [("Basic", "is of edition Basic"), ("StandardWithWaf", "the WAF")])
def test_an_alb_that_cannot_or_would_lose_its_waf_is_refused(
    world: World, tmp_path: Path, edition: str, words: str
) -> None:
    world.alb.edition = edition
    done = world.run("--output", str(tmp_path / "a.json"), "--yes")

    assert (done.exit_code, words in done.stderr) == (2, True), done.stderr


def test_a_listener_of_the_stack_itself_is_refused(
    world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    own = {"rootCa": {}, "listeners": [{"albConfig": "alb"}]}
    printed = {f"alb-mtls:{name}": {"value": "x", "objectValue": value} for name, value in own.items()}
    monkeypatch.setattr(cluster_module, "read_configuration", lambda _: parse_configuration(printed, {}))
    monkeypatch.setattr(cluster_module, "read_state", _no_state)
    words = ["survey", "--listener", "alb/443", "--repository", "given", "--output", str(tmp_path / "a.json"), "--yes"]
    done = CliRunner().invoke(app, words)

    assert (done.exit_code, "is one of the stack's own" in done.stderr) == (2, True), done.stderr
    assert "annotations" not in world.cluster.albconfig("alb")["metadata"]


def _no_state(_source: object) -> Any:
    message = "the stack is empty"
    raise EmptyStack(message)


def test_a_repository_that_is_not_there_is_not_made(world: World, tmp_path: Path) -> None:
    world.cas.repositories_by_number.clear()
    done = world.run("--output", str(tmp_path / "a.json"), "--yes")

    assert (done.exit_code, "CAS has no repository 'given'" in done.stderr) == (2, True)
    assert world.cas.repositories() == []


@pytest.mark.parametrize(("owner", "code"), [("alb-mtls/dev", 2), ("ops survey", 0)])
def test_a_repository_of_a_stack_is_refused_and_one_of_surveys_is_not(
    world: World, tmp_path: Path, owner: str, code: int
) -> None:
    other = replace(LISTENER, port=8443)
    claim = claim_of(owner=owner, repository="given").to_text()
    world.cluster.item = albconfig(https(), https(port=8443), annotations={other.claim_annotation: claim})
    done = world.run("--output", str(tmp_path / "a.json"), "--yes", "--only", "dns_zone")

    assert (done.exit_code, "is that of stack alb-mtls/dev" in done.stderr) == (code, code == 2), done.stderr


def test_a_listener_that_does_not_answer_is_refused(world: World, tmp_path: Path) -> None:
    world.answer = Observation(verdict=Verdict.UNREACHABLE, reason="no connection within 10 s")
    done = world.run("--output", str(tmp_path / "a.json"), "--yes")

    assert (done.exit_code, "name its address with --connect-to" in done.stderr) == (2, True)


def test_where_the_name_of_the_alb_has_no_address_the_option_is_named(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening_module, "targets_of", _no_address)
    done = world.run("--output", str(tmp_path / "a.json"), "--yes")

    assert (done.exit_code, "listener 443/HTTPS of AlbConfig alb is reached with --connect-to" in done.stderr) == (
        2,
        True,
    ), done.stderr


def _no_address(*_: object, **__: object) -> Any:
    message = "alb.example has no address; set connectTo on the listener"
    raise Unreachable(message)


def test_hosts_of_people_are_not_covered_by_yes(world: World, tmp_path: Path) -> None:
    world.cluster.routes = Cluster().routes
    done = world.run("--output", str(tmp_path / "a.json"), "--yes")

    assert (done.exit_code, "add --interrupt-hosts" in done.stderr) == (2, True), done.stderr
    assert "annotations" not in world.cluster.albconfig("alb")["metadata"]


def test_without_a_terminal_and_without_yes_it_does_not_begin(world: World, tmp_path: Path) -> None:
    done = world.run("--output", str(tmp_path / "a.json"))

    assert (done.exit_code, "add --yes" in done.stderr) == (2, True)


def test_a_process_without_standard_input_does_not_begin(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ops.command.sys", SimpleNamespace(stdin=None))
    done = world.run("--put-back")

    assert (done.exit_code, "add --yes" in done.stderr) == (2, True)


def test_a_question_that_is_none_is_refused_with_those_that_are(world: World) -> None:
    done = world.run("--only", "weather", "--yes")

    assert (done.exit_code, "hash_label" in done.stderr) == (2, True)


def test_a_survey_without_a_file_for_its_answers_does_not_begin(world: World) -> None:
    done = world.run("--yes")

    assert (done.exit_code, "--output is not given" in done.stderr) == (2, True)


def test_there_may_be_nothing_to_put_back(world: World) -> None:
    before = world.cluster.albconfig("alb")
    done = world.run("--put-back", "--yes")

    assert (done.exit_code, done.stdout) == (0, "CAS lists nothing of it any more\n"), done.stderr
    assert world.cluster.albconfig("alb") == before
    assert [one.name for one in world.cas.repositories()] == ["given"]


def test_what_a_killed_survey_of_this_cluster_left_is_deleted_and_that_of_another_cluster_is_not(world: World) -> None:
    here, elsewhere = (_put_into(world, new_survey_id(uid)) for uid in (world.cluster.uid, "another"))
    done = world.run("--put-back", "--yes")

    assert (done.exit_code, list(world.cas.certificates)) == (0, [elsewhere]), (here, done.stderr)
    assert "1 certificates of surveys that are under way, or of other clusters, were left in CAS" in done.stdout


def test_what_a_survey_under_way_has_made_is_left(world: World) -> None:
    under_way = new_survey_id(world.cluster.uid)
    survey = claim_of(owner="ops survey", deployment=under_way).to_text()
    key = replace(LISTENER, port=8443)
    world.cluster.item = albconfig(https(), https(port=8443), annotations={key.claim_annotation: survey})
    made = _put_into(world, under_way)
    done = world.run("--put-back", "--yes")

    assert (done.exit_code, list(world.cas.certificates)) == (0, [made]), done.stderr


@pytest.mark.parametrize(
    ("listeners", "words"),
    [([https()], "is as it was before the survey"), ([], "is gone, and with it the claim of the survey")],
)
def test_a_listener_that_is_put_back_is_not_confused_with_one_that_is_gone(
    world: World, listeners: list[Any], words: str
) -> None:
    world.cluster.item = albconfig(*listeners, http(), annotations=BY_A_SURVEY)
    done = world.run("--put-back", "--yes")

    assert (done.exit_code, words in done.stdout) == (0, True), done.stderr
    assert LISTENER.claim_annotation not in world.cluster.albconfig("alb")["metadata"].get("annotations", {})


def test_output_that_vanishes_stops_nothing_of_what_is_put_back(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    _put_into(world, new_survey_id(world.cluster.uid))
    monkeypatch.setattr(Console, "print", _no_terminal)
    done = world.run("--put-back", "--yes")

    assert (done.exit_code, world.cas.certificates) == (0, {})


def _no_terminal(*_: object, **__: object) -> None:
    raise OSError(errno.EIO, os.strerror(errno.EIO))


def _put_into(world: World, survey: str) -> str:
    repository = world.cas.repositories()[0]
    return world.cas.add(Authorities(survey).first.pem, repository)


def test_a_survey_of_a_listener_that_a_stack_claims_puts_nothing_back(world: World) -> None:
    world.cluster.item = albconfig(https(), annotations=CLAIMED)
    done = world.run("--put-back", "--yes")

    assert done.exit_code == 0
    assert world.cluster.albconfig("alb")["metadata"]["annotations"] == CLAIMED
