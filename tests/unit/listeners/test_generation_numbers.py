"""A number of a generation is used once, and a new one is the highest."""

from typing import Any

import pytest

from components.providers.deployment import DeploymentProvider
from tests.harness.engine import StepFailed
from tests.harness.in_process import desired
from tests.helpers.provider_world import Deployed


def up(held: Deployed, *listed: int) -> dict[str, Any]:
    """Do an `up` that lists these generations; return the inputs that the state keeps of the anchor."""
    given = {"owner": "alb-mtls/test", "found": [], "generations": [float(one) for one in listed]}
    held.run(desired("deployment", DeploymentProvider, given))
    found = held.state.current("deployment")
    assert found is not None
    return found.inputs


def test_one_generation_follows_another() -> None:
    held = Deployed()
    for listed in ((1,), (1, 2), (2,), (2, 5), (5,)):
        up(held, *listed)
    assert up(held, 5)["newestGeneration"] == 5


@pytest.mark.parametrize(
    ("before", "again"),
    [(((1,), (1, 2), (1,)), 2), (((1,), (1, 2), (2,)), 1), (((1,), (1, 3)), 2)],
    ids=["given up before the swap", "dropped after it", "below the newest"],
)
def test_a_number_that_was_dropped_or_lies_below_the_newest_is_refused_with_the_one_to_take(
    before: tuple[tuple[int, ...], ...], again: int
) -> None:
    held = Deployed()
    for listed in before:
        up(held, *listed)
    newest = max(one for listed in before for one in listed)
    with pytest.raises(StepFailed, match=rf"rootCa.generations: lists {again}, but .* the number {newest + 1}$"):
        up(held, *sorted({*before[-1], again}))
    up(held, *before[-1], newest + 1)


def test_a_state_of_before_numbers_were_kept_takes_any_list() -> None:
    held = Deployed()
    held.run(desired("deployment", DeploymentProvider, {"owner": "alb-mtls/test", "found": []}))
    up(held, 2)
    with pytest.raises(StepFailed, match="Give the new generation the number 3"):
        up(held, 1, 2)
