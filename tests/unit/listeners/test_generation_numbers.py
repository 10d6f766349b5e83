"""A number of a generation is used once, and a new one is the highest; what is in the state was never dropped."""

from typing import Any

import pytest

from components.providers.deployment import DeploymentProvider
from components.providers.root_certificate import RootCertificateProvider
from tests.harness.engine import StepFailed
from tests.harness.in_process import desired
from tests.helpers.provider_world import Deployed

SUBJECT = {"commonName": "root"}
KEY = {"algorithm": "ecdsa", "curve": "P-256"}


def anchor(*listed: int) -> Any:
    given = {"owner": "alb-mtls/test", "found": [], "generations": [float(one) for one in listed]}
    return desired("deployment", DeploymentProvider, given)


def root(number: int) -> Any:
    given = {"source": "generated", "generation": float(number), "subject": SUBJECT, "key": KEY, "validity": "30d"}
    return desired(f"root-ca-{number}", RootCertificateProvider, given)


def up(held: Deployed, *listed: int) -> dict[str, Any]:
    """Do an `up` that lists these generations; return the inputs that the state keeps of the anchor."""
    held.run(anchor(*listed), *map(root, listed))
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
    with pytest.raises(
        StepFailed, match=rf"rootCa.generations: {again} was listed before, .* the number {newest + 1}$"
    ):
        up(held, *sorted({*before[-1], again}))


def test_an_up_that_did_not_come_to_drop_a_generation_takes_no_number_away() -> None:
    held = Deployed()
    up(held, 1)
    # It stopped after the anchor was saved: root CA 1 is in the state.
    Deployed.run(held, anchor(2), root(1))
    up(held, 1)
    up(held, 1, 3)


def test_a_state_of_before_numbers_were_kept_takes_any_list() -> None:
    held = Deployed()
    held.run(desired("deployment", DeploymentProvider, {"owner": "alb-mtls/test", "found": []}), root(2))
    up(held, 2)
    with pytest.raises(StepFailed, match="Give the new generation the number 3"):
        up(held, 1, 2)
