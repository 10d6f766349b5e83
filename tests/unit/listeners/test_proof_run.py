"""What a proof shows of a switch, a roll-back and a restore, and what it says it left out."""

from dataclasses import replace
from typing import Any

import pytest

from alb_mtls.aliyun.errors import AccessDenied
from alb_mtls.cluster.errors import BadKubeconfig
from alb_mtls.errors import OperationFailed
from alb_mtls.handshake.observation import Observation
from alb_mtls.handshake.proof import ONLY_REJECTIONS
from alb_mtls.pki.encoding import certificate_pem
from alb_mtls.pki.keys import private_key_pem
from components.providers.listener_claim import ListenerClaimProvider
from components.providers.listener_switch import ListenerSwitchProvider
from tests.helpers.certificates import ClientCredential
from tests.helpers.handshakes import (
    REJECTED,
    REQUESTED_AND_ACCEPTED,
    SILENT,
    Answering,
    Request,
    ScriptedListener,
    opened,
)
from tests.helpers.probed_listener import accepting_clients_of, answering
from tests.helpers.proof_settings import CA, OTHER, REQUIRED, ROOT, WITH_KEY
from tests.helpers.provider_world import CLAIM, Deployed, World, switch_inputs

WITH_OTHER_KEY = {
    **REQUIRED,
    "caCertificatePem": certificate_pem(OTHER.certificate),
    "caPrivateKeyPem": private_key_pem(OTHER.key),
}
ONLY_REJECTS = "handshakes have shown only that clients without a certificate are rejected again"


@pytest.fixture
def listener(world: World, monkeypatch: pytest.MonkeyPatch) -> ScriptedListener:
    """The listener of the world: it does what the AlbConfig says."""
    return _following(world, monkeypatch)


@pytest.fixture
def enforcing_listener(taken: World, monkeypatch: pytest.MonkeyPatch) -> ScriptedListener:
    """The listener of a world where it requests certificates of somebody else's CA."""
    return _following(taken, monkeypatch)


def _following(world: World, monkeypatch: pytest.MonkeyPatch) -> ScriptedListener:
    by_ca = {"ca-of-ours": accepting_clients_of(ROOT), "ca-of-theirs": accepting_clients_of(OTHER)}

    def rule(request: Request) -> Observation:
        element = world.cluster.element
        if not element.get("caEnabled"):
            return opened(request)
        return by_ca[element["caCertificates"][0]["CertificateId"]](request)

    return answering(monkeypatch, rule)


@pytest.mark.usefixtures("listener")
@pytest.mark.parametrize(
    ("known", "proven", "note"),
    [(WITH_KEY, True, ""), ({**REQUIRED, **CA}, False, ONLY_REJECTIONS), (REQUIRED, False, ONLY_REJECTIONS)],
    ids=["with the key", "imported without its key", "purchased"],
)
def test_an_up_is_proven_with_the_key_of_the_ca_and_says_why_it_is_not(
    known: dict[str, Any], proven: bool, note: str
) -> None:
    outputs = Deployed.up(**known).switch
    assert (outputs["proven"], outputs["proofNote"]) == (proven, note)


@pytest.mark.usefixtures("listener")
def test_with_a_client_of_the_settings_an_up_is_proven(files: dict[str, str]) -> None:
    assert Deployed.up(**REQUIRED, **files).switch["proven"]


def test_without_key_and_client_a_listener_that_accepts_any_certificate_is_found(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    follow = _following(world, monkeypatch).rule

    def lax(request: Request) -> Observation:
        enforces = world.cluster.element.get("caEnabled")
        return REQUESTED_AND_ACCEPTED if enforces and request.credential is not None else follow(request)

    answering(monkeypatch, lax)
    with pytest.raises(OperationFailed, match="accepted a client with a certificate of another CA"):
        Deployed.up(**REQUIRED)


@pytest.mark.usefixtures("listener")
def test_a_ca_that_took_the_place_of_another_says_that_clients_of_that_one_were_not_tried() -> None:
    deployed = Deployed.up(**WITH_OTHER_KEY, caIdentifier="ca-of-theirs")
    again = deployed.up_again(**WITH_KEY).switch
    assert again["proven"]
    assert again["proofNote"] == (
        "that clients of CA ca-of-theirs, which was bound before, are rejected was not shown: its key is not at hand"
    )


@pytest.mark.usefixtures("listener")
def test_a_ca_that_stays_leaves_nothing_out() -> None:
    deployed = Deployed.up(**WITH_KEY)
    outputs = ListenerSwitchProvider().update("id", deployed.switch, switch_inputs(deployed.claim, **WITH_KEY)).outs
    assert outputs is not None
    assert (outputs["proven"], outputs["proofNote"]) == (True, "")


@pytest.mark.usefixtures("listener")
@pytest.mark.parametrize(
    ("accepts", "proof", "words"),
    [
        (ROOT, WITH_KEY, r"was put back as it was$"),
        (OTHER, WITH_KEY, r"the listener does not behave so.*rejected a client with a valid certificate"),
        (ROOT, {**REQUIRED, **CA}, "was put back as it was; " + ONLY_REJECTS),
    ],
    ids=["proven with a client of it", "our clients are rejected", "without a client"],
)
def test_a_roll_back_to_our_ca_says_what_its_proof_has_shown(
    accepts: ClientCredential, proof: dict[str, Any], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployed = Deployed.up(**WITH_KEY)
    # It does not open.
    listener = answering(monkeypatch, accepting_clients_of(accepts))
    news = switch_inputs(deployed.claim, enabled=False, **proof)
    with pytest.raises(OperationFailed, match=r"still rejects a client without a certificate.*" + words):
        ListenerSwitchProvider().update("id", deployed.switch, news)
    assert any(request.credential is not None for request in listener.requests) is ("caPrivateKeyPem" in proof)


@pytest.mark.usefixtures("enforcing_listener")
def test_a_roll_back_to_the_ca_of_another_says_that_only_refusals_were_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, accepting_clients_of(OTHER))
    with pytest.raises(OperationFailed, match=r"rejected a client with a valid certificate.*" + ONLY_REJECTS):
        Deployed.up(**WITH_KEY, takeOver="ca-of-theirs")


def test_a_roll_back_of_a_listener_that_was_open_is_proven_open(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuses_ours(request: Request) -> Observation:
        return accepting_clients_of(OTHER)(request) if world.cluster.element.get("caEnabled") else opened(request)

    answering(monkeypatch, refuses_ours)
    with pytest.raises(OperationFailed, match=r"rejected a client with a valid .* was put back as it was$"):
        Deployed.up(**WITH_KEY)


def _fail_once_written(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    real = world.cluster.albconfig
    failed: list[bool] = []

    def albconfig(name: str) -> dict[str, Any]:
        if not failed and CLAIM in str(world.cluster.item):
            failed.append(True)
            message = "the kubeconfig is gone"
            raise BadKubeconfig(message)
        return real(name)

    monkeypatch.setattr(world.cluster, "albconfig", albconfig)


def test_without_any_proof_the_alb_must_follow_all_the_same_before_the_claim_goes(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    _fail_once_written(world, monkeypatch)
    with pytest.raises(OperationFailed, match=r"the kubeconfig is gone\. .* was put back as it was$"):
        Deployed.up(mode="off")
    assert "caEnabled" not in world.cluster.element
    assert CLAIM not in str(world.cluster.item)


def test_whoever_may_not_call_the_alb_api_leaves_the_claim_with_a_message(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def wait_for(*_: Any, **__: Any) -> Any:
        message = "the access key may not call GetListenerAttribute"
        raise AccessDenied(message, api="GetListenerAttribute", target="listener", action="alb:GetListenerAttribute")

    monkeypatch.setattr(world.alb, "wait_for", wait_for)
    _fail_once_written(world, monkeypatch)
    with pytest.raises(OperationFailed, match=r"whether the ALB .* so the claim of this stack stays"):
        Deployed.up(mode="off")
    assert world.cluster.element["caEnabled"] is False
    assert CLAIM in str(world.cluster.item)


def _destroyed(deployed: Deployed) -> None:
    claim = {**deployed.claim, "proof": {**deployed.claim["proof"], **REQUIRED}}
    claim.pop("casEndpoint")
    ListenerClaimProvider().delete(claim["token"], claim)


@pytest.mark.usefixtures("enforcing_listener")
def test_a_restore_that_requests_certificates_again_is_shown_by_rejections(
    taken: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = taken.cluster.element
    deployed = Deployed.up(**WITH_KEY, takeOver="ca-of-theirs")
    listener = _following(taken, monkeypatch)
    _destroyed(deployed)
    assert taken.cluster.element == before
    assert {request.credential is None for request in listener.requests} == {True, False}


@pytest.mark.usefixtures("enforcing_listener")
@pytest.mark.parametrize("rule", [opened, lambda request: REQUESTED_AND_ACCEPTED if request.credential else REJECTED])
def test_a_restore_that_requests_certificates_again_in_name_only_fails(
    rule: Answering, taken: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployed = Deployed.up(**WITH_KEY, takeOver="ca-of-theirs")
    answering(monkeypatch, rule)
    with pytest.raises(OperationFailed, match="accepted a client with"):
        _destroyed(deployed)
    assert taken.cluster.element["caEnabled"] is True


@pytest.mark.usefixtures("listener")
def test_a_restore_that_opens_is_shown_open(world: World) -> None:
    deployed = Deployed.up(**WITH_KEY)
    _destroyed(deployed)
    assert "caEnabled" not in world.cluster.element


@pytest.mark.usefixtures("listener")
def test_a_restore_that_opens_is_shown_open_although_the_backend_is_broken(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    deployed = Deployed.up(**WITH_KEY)
    answering(monkeypatch, lambda request: replace(opened(request), status=503))
    _destroyed(deployed)
    assert "caEnabled" not in world.cluster.element
    assert "is not known" not in capsys.readouterr().out


@pytest.mark.usefixtures("enforcing_listener")
def test_a_listener_that_cannot_be_probed_keeps_nothing_from_being_restored(
    taken: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = taken.cluster.element
    deployed = Deployed.up(**WITH_KEY, takeOver="ca-of-theirs")
    answering(monkeypatch, lambda _: SILENT)
    _destroyed(deployed)
    assert taken.cluster.element == before
    assert "was put back; whether it requests client certificates again is not known" in capsys.readouterr().out
