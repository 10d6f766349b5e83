"""The id of the deployment decides whose a listener is: refused before anything is uploaded, with a way out."""

from dataclasses import replace
from typing import Any

import pulumi
import pytest

from alb_mtls.cluster.claim import read_claim
from alb_mtls.errors import OperationFailed
from components.providers.deployment import DeploymentProvider
from components.providers.listener_switch import ListenerSwitchProvider
from tests.harness.engine import StepFailed
from tests.harness.in_process import desired
from tests.helpers.albconfigs import LISTENER
from tests.helpers.edits_of_others import follows_only_going_back
from tests.helpers.provider_world import Deployed, World, switch_inputs

PLACE = {"albConfig": "alb", "port": 443.0, "protocol": "HTTPS"}
OTHERS = {"deployment": "deployment-2", "owner": "alb-mtls/test"}
REFUSED = (
    r"listener 443/HTTPS of AlbConfig alb is claimed by stack alb-mtls/test \(deployment deployment-2\), and not by "
    r"this deployment\. .* restore it \(docs/how-to/lost-state\.md\)\. .*: takeOver: deployment-2"
)
OTHERS_CA = {"caIdentifiers": ["ca-of-theirs"]}


def up(held: Deployed, *found: dict[str, Any], owner: str = "alb-mtls/test") -> str:
    """Register the anchor with what was found on listeners, and return its id."""
    given = {"owner": owner, "found": [{"listener": PLACE, **one} for one in found]}
    held.run(desired("deployment", DeploymentProvider, given))
    return str(held.outputs("deployment")["deployment"])


@pytest.mark.parametrize("found", [(), ({},), ({"takeOver": "ca-of-theirs"},)])
def test_a_first_up_draws_an_id_when_nobody_claims_its_listeners(found: tuple[dict[str, Any], ...]) -> None:
    assert up(Deployed(), *found) != up(Deployed(), *found)


@pytest.mark.parametrize("take_over", [{}, {"takeOver": "deployment-3"}, {"takeOver": "ca-of-theirs"}])
def test_a_first_up_is_refused_a_listener_that_any_deployment_claims_unless_it_names_that_one(
    take_over: dict[str, str],
) -> None:
    with pytest.raises(StepFailed, match=REFUSED):
        up(Deployed(), {**OTHERS, **take_over})
    assert up(Deployed(), {**OTHERS, "takeOver": "deployment-2"})


def test_every_listener_that_is_held_is_named_at_once() -> None:
    second = {"listener": {**PLACE, "port": 8443.0}, **OTHERS}
    with pytest.raises(StepFailed, match=r"listener 443/HTTPS.*; listener 8443/HTTPS"):
        up(Deployed(), OTHERS, second)


def test_a_later_up_goes_on_with_its_own_claim_and_is_refused_that_of_another_deployment() -> None:
    held = Deployed()
    own = up(held)
    assert up(held, {"deployment": own, "owner": "alb-mtls/test"}) == own
    with pytest.raises(OperationFailed, match=REFUSED):
        up(held, {"deployment": own}, OTHERS)
    assert up(held, {**OTHERS, "takeOver": "deployment-2"}) == own


def test_a_take_over_that_was_left_standing_takes_nothing_back() -> None:
    loser = Deployed()
    lost = up(loser)
    winner = Deployed()
    won = up(winner, {"deployment": lost, "owner": "alb-mtls/test", "takeOver": lost})
    with pytest.raises(OperationFailed, match="is claimed by stack"):
        up(loser, {"deployment": won, "owner": "alb-mtls/test", "takeOver": lost})


def test_the_name_of_the_stack_decides_nothing() -> None:
    held = Deployed()
    own = up(held)
    assert up(held, {"deployment": own, "owner": "alb-mtls/test"}, owner="alb-mtls/renamed") == own


def test_a_ca_of_nobody_is_left_to_a_state_that_may_have_made_it_and_refused_before_the_first_up() -> None:
    with pytest.raises(StepFailed, match="already has the CA ca-of-theirs"):
        up(Deployed(), OTHERS_CA)
    held = Deployed()
    up(held)
    assert up(held, OTHERS_CA)


def test_what_a_preview_does_not_know_refuses_nothing() -> None:
    unknown = pulumi.output.Unknown()  # type: ignore[no-untyped-call] # the SDK has no types here
    given = {"owner": "alb-mtls/test", "found": unknown}
    assert not DeploymentProvider().check({}, given).failures
    assert not DeploymentProvider().diff("id", {"owner": "alb-mtls/test", "deployment": "id"}, given).changes


def test_an_anchor_that_is_replaced_by_hand_is_refused_its_own_listeners() -> None:
    held = Deployed()
    own = up(held)
    found = [{"listener": PLACE, "deployment": own, "owner": "alb-mtls/test"}]
    with pytest.raises(OperationFailed, match=f"takeOver: {own}"):
        DeploymentProvider().create({"owner": "alb-mtls/test", "found": found})


def test_the_switch_is_refused_a_listener_that_another_deployment_of_the_same_name_has_claimed_since(
    world: World,
) -> None:
    Deployed.up()
    standing = world.cluster.item
    with pytest.raises(OperationFailed, match=r"is claimed by stack alb-mtls/test \(deployment deployment-1\)"):
        Deployed.up(deployment="deployment-2")
    assert world.cluster.item == standing
    Deployed.up(deployment="deployment-2", takeOver="deployment-1")
    claim = read_claim(world.cluster.albconfig("alb"), LISTENER)
    assert claim is not None
    assert claim.deployment == "deployment-2"


def test_of_two_deployments_that_name_each_other_none_takes_a_listener_twice_by_a_value_left_standing(
    world: World,
) -> None:
    one = Deployed.up()
    of_other: dict[str, Any] = {"deployment": "deployment-2", "takeOver": "deployment-1"}
    other = Deployed.up(**of_other)
    one.up_again(takeOver="deployment-2")
    standing = world.cluster.item
    with pytest.raises(OperationFailed, match=r"deployment-1\) again\. .* --replace '\*\*::alb-443-https-switch'"):
        other.up_again(**of_other)
    assert world.cluster.item == standing
    # The way out: what is made anew has no last `up`.
    ListenerSwitchProvider().create(switch_inputs(other.claim, caIdentifier="ca-of-ours", **of_other))
    claim = read_claim(world.cluster.albconfig("alb"), LISTENER)
    assert claim is not None
    assert claim.deployment == "deployment-2"


def test_a_renamed_stack_keeps_its_listener_and_says_its_new_name_in_the_claim(world: World) -> None:
    deployed = Deployed.up()
    token = deployed.claim["token"]
    deployed.up_again(owner="alb-mtls/renamed")
    claim = read_claim(world.cluster.albconfig("alb"), LISTENER)
    assert claim is not None
    assert (claim.owner, claim.token) == ("alb-mtls/renamed", token)
    deployed.destroy()
    assert "caEnabled" not in world.cluster.element


@pytest.mark.parametrize("fields", [{}, {"caEnabled": False, "caCertificates": []}, {"caEnabled": False}, None])
def test_a_take_over_that_fails_leaves_claim_and_fields_of_the_other_deployment_as_found(
    world: World, monkeypatch: pytest.MonkeyPatch, fields: dict[str, Any] | None
) -> None:
    Deployed.up()
    assert world.cluster.item is not None
    element = world.cluster.item["spec"]["listeners"][0]
    if fields is not None:
        # Somebody set the listener back, or switched it off, under the claim of the first.
        for name in ("caEnabled", "caCertificates"):
            element.pop(name)
        element.update(fields)
    found, claim = dict(element), read_claim(world.cluster.albconfig("alb"), LISTENER)
    follows_only_going_back(world, monkeypatch)
    with pytest.raises(OperationFailed, match=r"did not request client certificates.*was put back as it was"):
        Deployed.up(deployment="deployment-2", takeOver="deployment-1", caIdentifier="ca-of-second")
    left = read_claim(world.cluster.albconfig("alb"), LISTENER)
    assert claim is not None
    assert left is not None
    assert (left, world.cluster.element) == (replace(claim, attempt=left.attempt), found)
