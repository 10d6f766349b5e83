"""A refresh writes into the state what it finds, and takes nobody's edit for this stack's own doing."""

import pytest

from alb_mtls.errors import OperationFailed
from components.providers.listener_switch import ListenerSwitchProvider
from tests.helpers.provider_world import Deployed, World


def _refresh(deployed: Deployed) -> None:
    deployed.switch.update(ListenerSwitchProvider().read("id", deployed.switch).outs or {})


def _switch_off(world: World) -> None:
    assert world.cluster.item is not None
    world.cluster.item["spec"]["listeners"][0]["caEnabled"] = False


@pytest.mark.parametrize("refreshed", [False, True])
def test_without_its_claim_a_listener_that_somebody_switched_off_is_not_switched_on_again(
    world: World, *, refreshed: bool
) -> None:
    deployed = Deployed.up()
    world.cluster.lose_claim()
    _switch_off(world)
    if refreshed:
        _refresh(deployed)
    with pytest.raises(OperationFailed, match="was edited"):
        deployed.up_again()
    assert world.cluster.element["caEnabled"] is False


@pytest.mark.parametrize("refreshed", [False, True])
def test_without_its_claim_a_listener_that_this_stack_switched_off_is_switched_on_again(
    world: World, *, refreshed: bool
) -> None:
    deployed = Deployed.up()
    deployed.up_again(enabled=False)
    world.cluster.lose_claim()
    if refreshed:
        _refresh(deployed)
    deployed.up_again()
    assert world.cluster.element["caEnabled"] is True


def test_a_state_of_before_says_of_what_was_applied_what_it_says_of_the_listener(world: World) -> None:
    deployed = Deployed.up()
    deployed.switch.pop("appliedEnabled")
    world.cluster.lose_claim()
    _switch_off(world)
    with pytest.raises(OperationFailed, match="was edited"):
        deployed.up_again()


def test_a_change_by_a_run_that_the_state_does_not_know_is_not_called_one_from_outside(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    deployed = Deployed.up()
    older = dict(deployed.switch)
    deployed.up_again(enabled=False)
    deployed.switch.clear()
    deployed.switch.update(older)
    capsys.readouterr()
    deployed.up_again()
    printed = capsys.readouterr().out
    assert "was changed by a run of this stack that its state does not know" in printed
    assert "outside this stack" not in printed
    assert world.cluster.element["caEnabled"] is True
    _switch_off(world)
    deployed.up_again()
    assert "was changed outside this stack\n  last by" in capsys.readouterr().out
