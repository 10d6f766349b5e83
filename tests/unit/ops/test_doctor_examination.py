"""The whole examination in memory: what it does where there is no stack yet, no state, or no configuration to read."""

import json
import socket
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from alb_mtls.aliyun.cas_models import Quota
from alb_mtls.configuration.model import Settings
from alb_mtls.handshake.errors import Unreachable
from alb_mtls.handshake.target import addresses_of
from alb_mtls.preflight.preflight import Examined, examining_preflight
from alb_mtls.session import Session
from ops.doctor import examination, preflight
from ops.doctor.diagnosis import Health, Line, fine, stopping
from ops.errors import EmptyStack, NoSuchStack, OpsError
from ops.stack import StackSource
from ops.status import utc_now
from tests.fakes.alb import Alb
from tests.fakes.cas import Cas
from tests.fakes.cluster import Cluster
from tests.helpers.documents import REPOSITORY
from tests.helpers.fake_session import running

SUBJECT = {"country": "CN", "state": "bj", "locality": "bj", "organization": "a", "organizationalUnit": "t"}
WORKING: dict[str, Any] = {
    "alicloud:region": "cn-hangzhou",
    "alb-mtls:rootCa": {"subject": SUBJECT},
    "alb-mtls:cas": {"endpoint": "china"},
    "alb-mtls:listeners": [{"albConfig": "alb", "port": 443, "connectTo": "127.0.0.1:443"}],
}
NO_STACK = NoSuchStack("stack prod is not there; make a new one with: pulumi stack init")

Doctor = Callable[..., list[Line]]


def _raises(error: Exception) -> Callable[..., Any]:
    def call(*_: object, **__: object) -> None:
        raise error

    return call


@pytest.fixture
def doctor(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Doctor:
    """Examine a stack that was never deployed, in a world where everything is in order."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(examination, "examine_engine", lambda: [fine("Pulumi CLI", "it is there")])
    monkeypatch.setattr(examination, "examine_permissions", lambda _: [fine("permissions", "all")])
    monkeypatch.setattr(examination, "name_of_stack", lambda _: "prod")
    monkeypatch.setattr(Session, "credential", lambda _: object())

    def examine(
        *,
        config: dict[str, Any] | Exception | None = None,
        state: Exception | None = None,
        kube: Cluster | None = None,
        **options: Any,
    ) -> list[Line]:
        values = {**WORKING, **config} if isinstance(config, dict) else WORKING
        printed = {
            key: {"value": one if isinstance(one, str) else json.dumps(one), "objectValue": one}
            for key, one in values.items()
            if one is not None
        }
        given = _raises(config) if isinstance(config, Exception) else lambda _: printed
        monkeypatch.setattr(examination, "printed_configuration", given)
        monkeypatch.setattr(examination, "read_state", _raises(state or EmptyStack("nothing has been deployed yet")))
        world = kube or Cluster()
        with running(kube=world, alb=Alb(cluster=world), cas=Cas()):
            source = StackSource(stack="prod")
            return list(examination.examine(source, utc_now(), looked_at.append, **options))

    looked_at: list[str] = []
    return examine


def _problems(lines: list[Line]) -> list[str]:
    return [line.found for line in lines if line.health is Health.PROBLEM]


def _unknown(lines: list[Line]) -> list[str]:
    return [line.found for line in lines if line.health is Health.UNKNOWN]


def test_before_the_first_up_nothing_is_a_problem_and_nothing_is_unknown(doctor: Doctor) -> None:
    lines = doctor()
    assert (_problems(lines), _unknown(lines)) == ([], [])
    assert {line.topic for line in lines if line.health is Health.FINE} >= {
        "configuration",
        "preflight",
        "CAS",
        "cluster",
    }


@pytest.mark.parametrize(
    ("reason", "problems"),
    [
        ("pulumi is not on PATH; install it", ["pulumi is not on PATH; install it"]),
        ("no passphrase is given", ["pulumi is not on PATH; install it", "no passphrase is given"]),
    ],
)
def test_a_cli_that_is_not_there_is_one_problem_and_another_reason_is_one_of_its_own(
    doctor: Doctor, monkeypatch: pytest.MonkeyPatch, reason: str, problems: list[str]
) -> None:
    lacking = stopping("Pulumi CLI", "pulumi is not on PATH; install it")
    monkeypatch.setattr(examination, "examine_engine", lambda: [lacking])
    assert _problems(doctor(config=OpsError(reason))) == problems


def test_every_mistake_of_the_configuration_is_a_problem_that_stops_an_up_and_the_rest_is_looked_at(
    doctor: Doctor,
) -> None:
    lines = doctor(config={"alb-mtls:onBypass": "stop", "albmtls:proof": {}, "alicloud:region": None})
    keys = [line.found.partition(":")[0] for line in lines if line.stops_up]
    assert keys == ["albmtls", "onBypass", "alicloud"]
    assert "AlbConfig" in {line.topic for line in lines if line.health is Health.FINE}


def test_a_repository_that_the_configuration_names_must_be_there(doctor: Doctor) -> None:
    [found] = _problems(doctor(config={"alb-mtls:cas": {"endpoint": "china", "repository": "ours"}}))
    assert found.startswith("CAS has no repository 'ours' (cas.repository)")


def test_with_a_state_that_cannot_be_read_the_rest_is_looked_at_and_whose_claims_there_are_is_unknown(
    doctor: Doctor,
) -> None:
    lines = doctor(state=OpsError("the secrets of stack prod cannot be decrypted; set PULUMI_CONFIG_PASSPHRASE"))
    [problem], [unknown] = _problems(lines), _unknown(lines)
    assert "set PULUMI_CONFIG_PASSPHRASE" in problem
    assert "only its state says" in unknown


def test_a_cluster_that_is_named_by_its_id_is_not_looked_at_before_the_first_up(doctor: Doctor) -> None:
    # Whatever KUBECONFIG names is another one.
    lines = doctor(config={"alb-mtls:clusterId": "c1"}, kube=Cluster(failure=AssertionError("looked at")))
    assert _problems(lines) == []
    assert _unknown(lines)[0].startswith("the cluster is named by clusterId")


@pytest.mark.parametrize("change", [{}, {"alb-mtls:onBypass": "stop"}], ids=["in order", "a mistake"])
def test_before_the_stack_is_made_its_file_is_examined(doctor: Doctor, tmp_path: Path, change: dict[str, Any]) -> None:
    (tmp_path / "Pulumi.prod.yaml").write_text(yaml.safe_dump({"config": {**WORKING, **change}}))
    lines = doctor(config=NO_STACK)
    first, *others = _problems(lines)
    assert first.startswith("stack prod is not there")
    assert len(others) == len(change)
    assert any("without Pulumi" in line.found for line in lines)


@pytest.mark.parametrize(
    ("text", "unknown"),
    [
        (None, False),
        ("", False),
        ("config: {", False),
        ("config: []", False),
        ("config:\n  alb-mtls:rootCa: {secure: v1:x}\n", True),
    ],
)
def test_before_the_stack_is_made_a_file_that_cannot_be_read_leaves_one_problem(
    doctor: Doctor, tmp_path: Path, text: str | None, *, unknown: bool
) -> None:
    if text is not None:
        (tmp_path / "Pulumi.prod.yaml").write_text(text)
    lines = doctor(config=NO_STACK)
    assert _problems(lines) == [str(NO_STACK)]
    assert ["encrypted values" in one for one in _unknown(lines)] == [True] * unknown


def test_the_demands_of_production_are_compared_on_demand_and_where_the_configuration_can_be_read(
    doctor: Doctor,
) -> None:
    assert [line for line in doctor() if line.topic == "production"] == []
    compared = [line for line in doctor(production=True) if line.topic == "production"]
    assert any(line.found.startswith("rootCa.source is generated") for line in compared)
    [line] = [one for one in doctor(config={"alb-mtls:onBypass": "x"}, production=True) if one.topic == "production"]
    assert line.health is Health.UNKNOWN


def test_a_wrong_passphrase_of_a_stack_without_a_state_is_a_problem(
    doctor: Doctor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "Pulumi.prod.yaml").write_text((REPOSITORY / "Pulumi.dev.yaml").read_text("utf-8"))
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "wrong")
    empty = EmptyStack("stack prod is empty")
    assert ["PULUMI_CONFIG_PASSPHRASE is not that" in one for one in _problems(doctor(state=empty))] == [True]
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "lab")
    assert _problems(doctor(state=empty)) == []


@pytest.mark.parametrize(("mode", "topic"), [("required", "preflight"), ("api", "DNS")])
def test_a_name_without_an_address_is_one_problem_whether_a_proof_needs_it_or_not(
    doctor: Doctor, monkeypatch: pytest.MonkeyPatch, mode: str, topic: str
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", _raises(socket.gaierror(-2, "Name or service not known")))

    # The examination here asks no listener, so that it would not miss the address.
    def examining(settings: Settings, session: Session, kubeconfig: str | None) -> Examined:
        examined = examining_preflight(settings, session, kubeconfig)
        if settings.proof.mode == "api":
            return examined
        with pytest.raises(Unreachable) as missing:
            addresses_of(examined.snapshots[0].address or "", 443)
        return replace(examined, problems=(f"listeners[0]: {missing.value}",))

    monkeypatch.setattr(preflight, "examining_preflight", examining)
    lines = doctor(
        config={
            "alb-mtls:listeners": [{"albConfig": "alb", "port": 443}],
            "alb-mtls:proof": {"mode": mode, "host": "demo.alb.ingress.top"},
        }
    )
    found = [line for line in lines if line.health is Health.PROBLEM and "has no address" in line.found]
    assert [line.topic for line in found] == [topic]


PURCHASED = {"alb-mtls:rootCa": {"source": "purchased", "identifier": "ca-1"}}


@pytest.mark.parametrize(("config", "stops"), [({}, True), (PURCHASED, False)])
def test_a_full_quota_stops_an_up_that_uploads_a_ca(
    doctor: Doctor, monkeypatch: pytest.MonkeyPatch, config: dict[str, Any], *, stops: bool
) -> None:
    monkeypatch.setattr(Cas, "quota", lambda _: Quota(total=100, used=100))
    [full] = [line for line in doctor(config=config) if line.found.startswith("100 of 100 certificates")]
    assert (full.health, full.stops_up) == (Health.PROBLEM, stops)
