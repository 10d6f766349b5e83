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


def _fail_the_next_switch(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    real = world.alb.wait_for

    def wait_for(alb_id: str, *, describe: str, **rest: Any) -> Any:
        world.alb.stuck = describe.startswith("request")
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
