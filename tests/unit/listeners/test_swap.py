"""One generation of the root CA takes the place of another on a listener: proven, rolled back, or while it is off."""

from dataclasses import replace
from typing import Any

import pytest

from alb_mtls.errors import OperationFailed
from alb_mtls.pki.signatures import is_issued_by
from components.providers.listener_switch import ListenerSwitchProvider
from tests.helpers.generations import IDENTIFIERS, NEWER, OLDER, asked_with, following, trusting, trusts
from tests.helpers.handshakes import Request
from tests.helpers.provider_world import Deployed, World, switch_inputs


def test_a_listener_of_the_older_generation_is_proven_with_clients_of_the_newer_one(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    listener = following(world, monkeypatch)
    switch = Deployed.up(**trusts(1)).switch
    assert (switch["proven"], switch["proofNote"]) == (True, "")
    assert asked_with(listener, NEWER, sent=2)
    assert not asked_with(listener, NEWER, sent=1)


def test_a_listener_that_takes_no_cross_certificate_is_put_back_with_the_way_out(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    following(world, monkeypatch, **{"ca-first": trusting(OLDER, longest_chain=1)})
    with pytest.raises(OperationFailed, match=r"its cross certificate .*rootCa\.abandoned.*was put back as it was$"):
        Deployed.up(**trusts(1))
    assert "caEnabled" not in world.cluster.element
    assert Deployed.up(**trusts(1, cross=False)).switch["proven"]


def test_a_swap_shows_that_the_older_generation_is_rejected(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    listener = following(world, monkeypatch)
    deployed = Deployed.up(**trusts(1))
    listener.requests.clear()
    switch = deployed.up_again(**trusts(2)).switch
    assert (switch["proven"], switch["proofNote"]) == (True, "")
    assert switch["appliedCaIdentifier"] == "ca-second"
    assert asked_with(listener, OLDER, sent=1)
    assert asked_with(listener, OLDER, sent=3)


def test_without_the_older_key_a_swap_is_proven_by_the_newer_leaf_alone_and_says_what_was_not_shown(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    listener = following(world, monkeypatch)
    deployed = Deployed.up(**trusts(1))
    listener.requests.clear()
    switch = deployed.up_again(**trusts(2, keys=False)).switch
    assert switch["proven"]
    assert switch["proofNote"] == (
        "that clients of generation 1 (CA ca-first), which was bound before, are rejected was not shown: its key is "
        "not at hand"
    )
    assert not asked_with(listener, OLDER, sent=1)
    assert sum(one.credential in asked_with(listener, NEWER, sent=1) for one in listener.requests) > 50


def test_a_listener_that_goes_on_to_trust_the_older_generation_is_put_back_and_proven_with_its_clients(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    listener = following(world, monkeypatch, **{"ca-second": trusting(OLDER, NEWER)})
    deployed = Deployed.up(**trusts(1))
    listener.requests.clear()
    with pytest.raises(OperationFailed, match=r"with a certificate of another generation .*was put back as it was$"):
        deployed.up_again(**trusts(2))
    assert world.cluster.element["caCertificates"] == [{"CertificateId": "ca-first"}]
    # The last that was shown: clients of the older generation are accepted again, and those of the newer with the
    # cross certificate alone.
    last = listener.requests[-60:]
    assert {True, False} == {is_issued_by(one.credential.chain[0], OLDER.certificate) for one in last if one.credential}


def test_a_roll_back_after_which_the_newer_generation_is_trusted_all_the_same_says_so(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    following(world, monkeypatch)
    deployed = Deployed.up(**trusts(1))
    asked_after_the_swap: list[Request] = []

    def not_yet(request: Request) -> Any:
        asked_after_the_swap.append(request)
        return trusting(OLDER)(request)

    def stays(request: Request) -> Any:
        return trusting(NEWER if asked_after_the_swap else OLDER)(request)

    following(world, monkeypatch, **{"ca-second": not_yet, "ca-first": stays})
    with pytest.raises(OperationFailed, match=r"the listener does not behave so: .* accepted .* of another generation"):
        deployed.up_again(**trusts(2))


def test_a_roll_back_without_the_older_key_says_that_only_rejections_were_shown(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    following(world, monkeypatch, **{"ca-second": trusting(OLDER)})
    deployed = Deployed.up(**trusts(1))
    with pytest.raises(OperationFailed, match="only that clients without a certificate are rejected again"):
        deployed.up_again(**trusts(2, keys=False))
    assert world.cluster.element["caCertificates"] == [{"CertificateId": "ca-first"}]


def test_a_swap_that_was_killed_once_it_had_been_written_is_proven_as_a_swap_by_the_next_run(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    listener = following(world, monkeypatch)
    deployed = Deployed.up(**trusts(1))
    before = dict(deployed.switch)
    swapped = deployed.up_again(**trusts(2))
    listener.requests.clear()
    news = switch_inputs(swapped.claim, **trusts(2))
    outputs = ListenerSwitchProvider().update("id", before, news).outs
    assert outputs is not None
    assert outputs["proven"]
    assert asked_with(listener, OLDER, sent=1)


def test_a_swap_back_is_proven_with_both_generations(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    listener = following(world, monkeypatch)
    deployed = Deployed.up(**trusts(1)).up_again(**trusts(2))
    listener.requests.clear()
    assert deployed.up_again(**trusts(1)).switch["proven"]
    assert asked_with(listener, NEWER, sent=1)
    assert asked_with(listener, NEWER, sent=2)


@pytest.mark.parametrize("mode", ["api", "off"])
def test_without_handshakes_a_swap_says_that_nobody_saw_the_older_clients_rejected(mode: str, world: World) -> None:
    deployed = Deployed.up(**trusts(1, mode=mode))
    switch = deployed.up_again(**trusts(2, mode=mode)).switch
    assert switch["proofNote"].endswith(f"are rejected was not shown: proof.mode is {mode}")
    again = deployed.up_again(**trusts(2, mode=mode, kubeconfig="another")).switch
    assert "caEnabled" in world.cluster.element
    assert again["proofNote"] == switch["proofNote"]


def test_no_key_of_another_generation_stands_in_outputs_or_messages(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    following(world, monkeypatch)
    switch = Deployed.up(**trusts(1)).switch
    assert "PRIVATE KEY" not in str(switch)
    assert switch["otherPrivateKeys"] == {}
    assert "PRIVATE KEY" in str(trusts(1))


def _shows(world: World, monkeypatch: pytest.MonkeyPatch, *identifiers: str) -> None:
    """Let the ALB refer to these CAs, whatever the AlbConfig names."""
    real = world.alb.listener

    def listener(load_balancer_id: str, *, port: int, protocol: str) -> Any:
        return replace(real(load_balancer_id, port=port, protocol=protocol), ca_identifiers=identifiers)

    monkeypatch.setattr(world.alb, "listener", listener)


OFF: dict[str, Any] = {"mode": "api", "enabled": False}


@pytest.mark.parametrize("shown", [("ca-second",), ()], ids=["the newer", "none"])
def test_a_swap_while_off_ends_once_the_alb_has_let_go_of_the_older_generation(
    shown: tuple[str, ...], world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployed = Deployed.up(**trusts(1, **OFF))
    _shows(world, monkeypatch, *shown)
    switch = deployed.up_again(**trusts(2, **OFF)).switch
    assert switch["proofNote"] == ""
    assert world.cluster.element["caCertificates"] == [{"CertificateId": "ca-second"}]


def test_a_swap_while_off_does_not_fail_for_a_generation_that_stays_in_cas_and_says_what_the_alb_shows(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployed = Deployed.up(**trusts(1, **OFF))
    _shows(world, monkeypatch, "ca-first")
    switch = deployed.up_again(**trusts(2, **OFF)).switch
    assert switch["appliedCaIdentifier"] == "ca-second"
    assert switch["proofNote"].startswith("the ALB still refers to generation 1 (CA ca-first)")


def test_a_swap_while_off_to_the_only_generation_fails_when_the_alb_keeps_the_one_that_is_to_be_deleted(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployed = Deployed.up(**trusts(1, **OFF))
    with monkeypatch.context() as patched:
        _shows(world, patched, "ca-first")
        with pytest.raises(
            OperationFailed, match=r"the ALB did not let go of CA ca-first within .* names CA ca-second"
        ):
            deployed.up_again(**trusts(2, **OFF, otherGenerations=[]))
    assert deployed.up_again(**trusts(2, **OFF, otherGenerations=[])).switch["proofNote"] == ""


def test_a_listener_that_is_switched_on_and_off_between_two_generations_lists_neither_other(world: World) -> None:
    deployed = Deployed.up(**trusts(1, mode="api"))
    for number, enabled in ((1, False), (2, False), (2, True), (1, True), (2, False)):
        switch = deployed.up_again(**trusts(number, mode="api", enabled=enabled)).switch
        assert world.cluster.element["caCertificates"] == [{"CertificateId": IDENTIFIERS[number]}]
        assert switch["appliedEnabled"] is enabled
