"""The last patches of a roll-back and of a restore: what stands by then decides, not what was meant to stand."""

from typing import Any

import pytest

from alb_mtls.cluster.claim import read_claim
from alb_mtls.cluster.listener import fields_of, find_listener, meaning_of
from alb_mtls.errors import OperationFailed
from tests.helpers import provider_world
from tests.helpers.albconfigs import LISTENER
from tests.helpers.provider_world import Deployed, World


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    """One whose listener requests no certificate."""
    return provider_world.world(monkeypatch)


def _edit(world: World, **fields: Any) -> None:
    assert world.cluster.item is not None
    world.cluster.item["spec"]["listeners"][0].update(fields)


def test_a_roll_back_to_what_somebody_had_changed_leaves_a_claim_that_says_so(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployed = Deployed.up()
    _edit(world, caEnabled=False)
    _fail_the_next_switch(world, monkeypatch)
    with pytest.raises(OperationFailed, match="was put back as it was"):
        deployed.up_again()
    item = world.cluster.albconfig("alb")
    claim = read_claim(item, LISTENER)
    assert claim is not None
    stands = meaning_of(fields_of(find_listener(item, LISTENER).element))
    assert claim.edit is not None
    assert (stands.enabled, meaning_of(claim.edit), meaning_of(claim.written).enabled) == (False, stands, True)


def test_an_edit_that_was_put_back_is_repaired_by_the_next_up_and_then_nobodys(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployed = Deployed.up()
    _edit(world, caEnabled=False)
    with monkeypatch.context() as failing:
        _fail_the_next_switch(world, failing)
        with pytest.raises(OperationFailed, match="was put back as it was"):
            deployed.up_again()
    world.alb.stuck = False
    deployed.up_again()
    claim = read_claim(world.cluster.albconfig("alb"), LISTENER)
    assert (claim is not None and claim.edit, world.cluster.element["caEnabled"]) == (None, True)


@pytest.mark.parametrize("ended_well", [True, False])
def test_an_edit_that_another_deployment_put_back_still_stops_the_up_of_its_holder(
    world: World, monkeypatch: pytest.MonkeyPatch, *, ended_well: bool
) -> None:
    """An emergency that stops the `up` of a deployment stops it also after the failed `up` of another one."""
    deployed = Deployed.up()
    deployed.switch["attempt"] = deployed.switch["attempt"] if ended_well else "of-the-run-before"
    _edit(world, caEnabled=False)
    with monkeypatch.context() as failing:
        _fail_the_next_switch(world, failing)
        with pytest.raises(OperationFailed, match="was put back as it was"):
            Deployed.up(deployment="deployment-2", takeOver="deployment-1", caIdentifier="ca-of-the-second")
    world.alb.stuck = False
    with pytest.raises(OperationFailed, match="was edited, last by"):
        deployed.up_again()
    assert world.cluster.element["caEnabled"] is False
    deployed.up_again(enabled=False)
    deployed.up_again()
    assert world.cluster.element["caEnabled"] is True


def test_an_edit_since_a_run_that_did_not_end_is_not_repaired_after_a_switching_off_that_failed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployed = Deployed.up()
    deployed.switch["attempt"] = "of-the-run-before"
    _edit(world, caEnabled=False)
    with monkeypatch.context() as failing:
        _fail_the_next_switch(world, failing, describe="stop requesting")
        with pytest.raises(OperationFailed, match="was put back as it was"):
            deployed.up_again(enabled=False)
    world.alb.stuck = False
    with pytest.raises(OperationFailed, match="was edited, last by"):
        deployed.up_again()
    assert world.cluster.element["caEnabled"] is False


@pytest.mark.parametrize("held", [False, True])
def test_an_edit_at_the_end_of_an_up_with_a_hold_is_no_reason_to_run_it_again(
    world: World, monkeypatch: pytest.MonkeyPatch, *, held: bool
) -> None:
    real = world.alb.wait_for

    def wait_for(alb_id: str, **rest: Any) -> Any:
        shown = real(alb_id, **rest)
        _edit(world, caEnabled=False)
        if held and world.cluster.item is not None:
            world.cluster.item["metadata"]["annotations"][LISTENER.hold_annotation] = "an incident"
        return shown

    monkeypatch.setattr(world.alb, "wait_for", wait_for)
    remedy = (
        r"is held: an incident; .*: python -m ops resume alb/443 --stack test$"
        if held
        else "and run `pulumi up` again$"
    )
    with pytest.raises(OperationFailed, match=rf"was edited, .* That is left as it is; .*{remedy}"):
        Deployed.up()


def _fail_the_next_switch(world: World, monkeypatch: pytest.MonkeyPatch, *, describe: str = "request") -> None:
    real, switching = world.alb.wait_for, describe

    def wait_for(alb_id: str, *, describe: str, **rest: Any) -> Any:
        world.alb.stuck = describe.startswith(switching)
        return real(alb_id, describe=describe, **rest)

    monkeypatch.setattr(world.alb, "wait_for", wait_for)


def test_an_edit_before_the_claim_goes_keeps_it_and_without_one_it_goes(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = world.cluster.element
    Deployed.up().destroy()
    assert (world.cluster.element, read_claim(world.cluster.albconfig("alb"), LISTENER)) == (before, None)
    deployed = Deployed.up()
    real = world.alb.wait_for

    def wait_for(alb_id: str, *, describe: str, **rest: Any) -> Any:
        shown = real(alb_id, describe=describe, **rest)
        if describe.startswith("go back"):
            _edit(world, caEnabled=False, caCertificates=[{"CertificateId": "ca-of-ours"}])
        return shown

    monkeypatch.setattr(world.alb, "wait_for", wait_for)
    with pytest.raises(OperationFailed, match=r"was edited, last by .* That is left as it is; run this again"):
        deployed.destroy()
    assert read_claim(world.cluster.albconfig("alb"), LISTENER) is not None
