"""On one lab, cells follow each other only where a run leads from what the one leaves to what the other begins with."""

import pytest

from tests.crash.arranging import can_lead
from tests.crash.settings import Settings
from tests.harness.state import Resource, State

ON, PREPARED = Settings(), Settings(generations=(1, 2))
SWAPPED = Settings(generations=(1, 2), trusted=2)


def _left_by(settings: Settings) -> State:
    write = {"write": "none"} if settings.of_git else {}
    uploads = [
        Resource(name=f"uploaded-ca-{one}", id=str(one), inputs={}, outputs={"generation": one})
        for one in settings.generations
    ]
    switch = Resource(name="alb-443-https-switch", id="s", inputs=write, outputs={"generation": settings.trusted})
    return State(resources=[*uploads, switch])


@pytest.mark.parametrize("settings", [None, ON, SWAPPED])
def test_from_nothing_a_run_leads_everywhere(settings: Settings | None) -> None:
    assert can_lead(State(), settings)


def test_a_destroy_ends_with_nothing_unless_git_owns_the_listener() -> None:
    assert can_lead(_left_by(ON), None)
    assert not can_lead(_left_by(Settings(of_git=True)), None)


def test_an_up_takes_a_listener_over_from_git() -> None:
    assert can_lead(_left_by(Settings(of_git=True)), ON)


@pytest.mark.parametrize(("left", "begun"), [(ON, PREPARED), (PREPARED, SWAPPED), (SWAPPED, PREPARED)])
def test_an_up_leads_to_the_same_generations_and_to_no_others(left: Settings, begun: Settings) -> None:
    assert can_lead(_left_by(begun), begun)
    assert not can_lead(_left_by(left), begun)
