"""A restore goes by the settings of the last up, and whatever goes wrong keeps the reason for which it was done."""

import itertools
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from pulumi.output import Unknown

from alb_mtls.aliyun.errors import RetriesExhausted
from alb_mtls.cluster.errors import AnotherCluster, ReplyLost
from alb_mtls.cluster.identity import refuse_another_cluster
from alb_mtls.errors import OperationFailed
from alb_mtls.listener_resources import ListenerClaimOutputs, ListenerSwitchInputs
from alb_mtls.listeners.proof_run import proof_plan
from alb_mtls.pki.encoding import certificate_pem
from alb_mtls.pki.keys import private_key_pem
from alb_mtls.properties import from_props
from components.providers.listener_claim import ListenerClaimProvider
from components.providers.listener_switch import ListenerSwitchProvider
from tests.fakes.alb import listener_on_alb
from tests.helpers.certificates import make_root
from tests.helpers.edits_of_others import follows_only_going_back
from tests.helpers.provider_world import CLAIM, Deployed, World, claim_inputs, switch_inputs

Change = dict[str, Any]


def asked_again(olds: Change, news: Change) -> Change | None:
    """Return the outputs of a claim after an `up`; None when it was left alone."""
    provider = ListenerClaimProvider()
    held = provider.create(claim_inputs(**olds)).outs or {}
    inputs = claim_inputs(**{**olds, **news})
    if not provider.diff(held["token"], held, inputs).changes:
        return None
    return dict(provider.update(held["token"], held, inputs).outs or {})


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize(
    "change",
    [
        {"deadlineSeconds": 600.0},
        {"connections": 50.0},
        {"mode": "off"},
        {"mode": "api"},
        {"connectTo": ["127.0.0.1:8443"]},
        {"serverCa": "ca.pem"},
        {"host": "b.example"},
        {"path": "/up"},
    ],
    ids=str,
)
def test_a_setting_that_a_restore_would_go_by_is_taken_over(change: Change) -> None:
    outputs = asked_again({"mode": "required"}, change)
    assert outputs is not None
    assert {key: outputs["proof"][key] for key in change} == change


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize(
    ("mode", "news"),
    [
        ("required", {}),
        ("api", {}),
        ("off", {}),
        # It probes nothing.
        ("api", {"connectTo": ["127.0.0.1:8443"]}),
        # As in a preview without the cluster.
        ("required", {"host": None}),
    ],
)
def test_what_a_restore_would_not_go_by_changes_nothing(mode: str, news: Change) -> None:
    assert asked_again({"mode": mode}, news) is None


def test_a_destroy_of_which_no_reply_arrives_finds_what_it_has_done(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployed = Deployed.up()
    patched = world.cluster.patch_albconfig
    sent = []

    def lost(name: str, operations: list[Change]) -> Change:
        sent.append(patched(name, operations))
        message = "the connection ended before an answer came"
        raise ReplyLost(message)

    monkeypatch.setattr(world.cluster, "patch_albconfig", lost)
    ListenerClaimProvider().delete(deployed.claim["token"], deployed.claim)
    # Off, as it was, and without the claim: none of them twice.
    assert len(sent) == len({str(one) for one in sent}) == 3
    assert "caEnabled" not in world.cluster.element


@pytest.mark.parametrize("late", [True, False])
def test_a_repeated_destroy_waits_for_an_alb_that_still_has_our_ca(
    world: World, monkeypatch: pytest.MonkeyPatch, *, late: bool
) -> None:
    deployed = Deployed.up()
    ListenerClaimProvider().delete(deployed.claim["token"], deployed.claim)
    bound = listener_on_alb(port=443, protocol="HTTPS", enabled=True, identifiers=("ca-of-ours",))
    if late:
        monkeypatch.setattr(world.alb, "listener", lambda *_, **__: bound)
    waits: list[float] = []
    real = world.alb.wait_for

    def wait_for(*where: Any, deadline_seconds: float, **rest: Any) -> Any:
        waits.append(deadline_seconds)
        return real(*where, deadline_seconds=deadline_seconds, **rest)

    monkeypatch.setattr(world.alb, "wait_for", wait_for)
    ListenerClaimProvider().delete(deployed.claim["token"], deployed.claim)
    assert waits == [float(deployed.claim["proof"]["deadlineSeconds"])] * late


def test_a_repeated_destroy_leaves_it_to_the_deletion_when_the_alb_does_not_follow(world: World) -> None:
    deployed = Deployed.up()
    ListenerClaimProvider().delete(deployed.claim["token"], deployed.claim)
    world.alb.stuck = True
    ListenerClaimProvider().delete(deployed.claim["token"], deployed.claim)


def test_a_destroy_waits_as_long_as_the_settings_of_the_last_up(world: World) -> None:
    deployed = Deployed.up()
    outputs = ListenerClaimProvider().update("t", deployed.claim, claim_inputs(deadlineSeconds=7.0)).outs or {}
    world.alb.stuck = True
    with pytest.raises(OperationFailed, match="did not stop requesting client certificates within 7 s"):
        ListenerClaimProvider().delete(deployed.claim["token"], outputs)


def test_a_destroy_that_the_alb_does_not_follow_says_how_far_it_came_and_goes_on_when_run_again(world: World) -> None:
    before = world.cluster.element
    deployed = Deployed.up()
    world.alb.stuck = True
    with pytest.raises(
        OperationFailed, match=r"In AlbConfig alb it no longer requests .* is not yet as it was .* run it"
    ):
        ListenerClaimProvider().delete(deployed.claim["token"], deployed.claim)
    assert world.cluster.element["caEnabled"] is False
    world.alb.stuck = False
    ListenerClaimProvider().delete(deployed.claim["token"], deployed.claim)
    assert world.cluster.element == before


def test_a_destroy_that_the_alb_follows_half_way_says_that_the_albconfig_is_as_before(taken: World) -> None:
    before = taken.cluster.element
    deployed = Deployed.up(takeOver="ca-of-theirs")
    deployed.claim.pop("casEndpoint")
    taken.alb.stuck = True
    with pytest.raises(OperationFailed, match=r"In AlbConfig alb it is as it was .*, but for the claim; run it again"):
        ListenerClaimProvider().delete(deployed.claim["token"], deployed.claim)
    assert taken.cluster.element == before


def test_a_switch_that_only_follows_its_claim_is_no_change(world: World) -> None:
    deployed = Deployed.up()
    news = switch_inputs(deployed.claim) | {"token": Unknown()}  # type: ignore[no-untyped-call] # the SDK's class has no types
    assert not ListenerSwitchProvider().diff("id", deployed.switch, news).changes
    world.cluster.lose_claim()
    assert ListenerSwitchProvider().diff("id", deployed.switch, news).changes


def test_without_a_cas_endpoint_a_message_says_that_the_previous_ca_was_not_looked_up(
    taken: World, capsys: pytest.CaptureFixture[str]
) -> None:
    before = taken.cluster.element
    deployed = Deployed.up(takeOver="ca-of-theirs")
    deployed.claim.pop("casEndpoint")
    deployed.destroy()
    assert taken.cluster.element == before
    assert "of CA ca-of-theirs again; cas.endpoint is not set, so it is not known" in capsys.readouterr().out


def test_with_one_a_previous_ca_that_is_gone_stops_the_restore(taken: World) -> None:
    deployed = Deployed.up(takeOver="ca-of-theirs")
    standing = taken.cluster.element
    with pytest.raises(OperationFailed, match="that CA is no longer in CAS; nothing was changed"):
        deployed.destroy()
    assert taken.cluster.element == standing


def test_a_listener_that_was_removed_leaves_the_state_with_a_refresh(world: World) -> None:
    deployed = Deployed.up()
    provider = ListenerSwitchProvider()
    assert provider.read("id", deployed.switch).id == "id"
    assert world.cluster.item is not None
    world.cluster.item["spec"]["listeners"] = []
    assert provider.read("id", deployed.switch).id == ""
    assert ListenerClaimProvider().read("token", deployed.claim).id == "token"


def test_a_roll_back_after_which_the_alb_is_unknown_keeps_the_reason(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    follows_only_going_back(world, monkeypatch)
    real = world.cluster.patch_albconfig

    def patch(name: str, operations: list[Change]) -> Change:
        patched = real(name, operations)
        if "caEnabled" not in patched["spec"]["listeners"][0]:
            patched["status"] = {}
        return patched

    # As a controller does that empties the status.
    monkeypatch.setattr(world.cluster, "patch_albconfig", patch)
    with pytest.raises(
        OperationFailed,
        match=r"did not request .*The AlbConfig is as before\. Whether .* could not be called: .*no ALB.*; the claim",
    ):
        Deployed.up()
    assert "caEnabled" not in world.cluster.element
    assert CLAIM in str(world.cluster.item)


def test_a_roll_back_that_the_alb_does_not_follow_stays_switched_off_in_so_many_words_and_the_next_up_goes_on(
    world: World,
) -> None:
    deployed = Deployed()
    world.alb.stuck = True
    with pytest.raises(OperationFailed, match="is switched off, and not yet as it was before, since the ALB does not"):
        deployed.up_again()
    assert (world.cluster.element["caEnabled"], world.cluster.element["caCertificates"]) == (False, [])
    world.alb.stuck = False
    deployed.up_again()
    assert world.cluster.element["caEnabled"] is True
    deployed.destroy()
    assert "caEnabled" not in world.cluster.element


def test_a_roll_back_says_when_all_is_as_before(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    follows_only_going_back(world, monkeypatch)
    with pytest.raises(OperationFailed, match=r"did not request client certificates.*was put back as it was$"):
        Deployed.up()
    assert CLAIM not in str(world.cluster.item)


def test_the_clients_of_a_proof_outlive_waiting_and_proving() -> None:
    root = make_root(now=datetime.now(UTC))
    seconds = 3600
    props = switch_inputs({"token": "t"}, mode="required", deadlineSeconds=float(seconds)) | {
        "caCertificatePem": certificate_pem(root.certificate),
        "caPrivateKeyPem": private_key_pem(root.key),
    }
    made = proof_plan(from_props(ListenerSwitchInputs, props))
    assert made is not None
    assert made.clients is not None
    assert made.clients.valid is not None
    left = made.clients.valid.chain[0].not_valid_after_utc - datetime.now(UTC)
    assert left > timedelta(seconds=2 * seconds)


def test_another_cluster_than_the_one_it_was_made_for_is_reported_by_both_names(world: World) -> None:
    claim = from_props(ListenerClaimOutputs, Deployed.up().claim)
    cluster: Any = world.cluster
    refuse = partial(
        refuse_another_cluster, uid=claim.kube_system_uid, alb_config=claim.listener.alb_config, made_for=claim.cluster
    )
    refuse(cluster)
    cluster.uid, cluster.address = "cluster-2", "context prod, https://two.example:6443"
    with pytest.raises(AnotherCluster) as caught:
        refuse(cluster)
    assert "uid cluster-1 (https://one.example:6443), but it has uid cluster-2" in str(caught.value)
    assert "(context prod, https://two.example:6443); set kubernetes:context" in str(caught.value)


@pytest.mark.parametrize(("deployed", "step"), [(False, "stop"), (False, "go back"), (True, "go back")])
def test_a_roll_back_during_which_the_alb_api_does_not_answer_reports_that_and_no_late_alb(
    world: World, monkeypatch: pytest.MonkeyPatch, *, deployed: bool, step: str
) -> None:
    held = Deployed.up() if deployed else Deployed()
    real, gone_back = world.alb.wait_for, []

    def wait_for(alb_id: str, *, describe: str, **rest: Any) -> Any:
        gone_back.append(describe)
        if len(gone_back) == (3 if step == "go back" and not deployed else 2):
            message = "the ALB API answered GetListenerAttribute with 503 until the deadline"
            raise RetriesExhausted(message, api="GetListenerAttribute", target="listener")
        world.alb.stuck = not describe.startswith("go back")
        return real(alb_id, describe=describe, **rest)

    monkeypatch.setattr(world.alb, "wait_for", wait_for)
    with pytest.raises(
        OperationFailed, match=r"is not known, since the ALB API could not be called: .* 503 "
    ) as failed:
        held.up_again(caIdentifier="ca-of-next")
    said = str(failed.value)
    assert "does not follow" not in said
    assert said.endswith("look at the listener in the ALB console, and run the command again")
    assert ("is switched off, and not yet as it was before, so the claim of this stack stays" in said) is (
        step == "stop"
    )
    assert ("the claim of this stack stays: look" in said) is (step == "go back" and not deployed)


@pytest.mark.parametrize(("repeated", "ends"), [(2, True), (0, False)])
def test_a_destroy_ends_as_soon_as_the_controller_reports_what_waiting_does_not_heal(
    world: World, monkeypatch: pytest.MonkeyPatch, *, repeated: int, ends: bool
) -> None:
    deployed = Deployed.up()
    text = "Failed build model due to unmarshalling albconfig error: json: cannot unmarshal string into Go struct"
    event = {"metadata": {"uid": "e"}, "type": "Warning", "reason": "FailedBuildModel", "message": text}
    looks = itertools.count(1)
    monkeypatch.setattr(world.cluster, "events", lambda *_: [{**event, "count": 1 + repeated * next(looks)}])
    world.alb.stuck = True
    with pytest.raises(OperationFailed) as failed:
        ListenerClaimProvider().delete(deployed.claim["token"], deployed.claim)
    assert ("waiting does not help: the ALB Ingress controller reports: FailedBuildModel" in str(failed.value)) is ends
    assert "In AlbConfig alb it no longer requests client certificates" in str(failed.value)
