"""The plan for a root CA: when it appears, and by which day which step should be done."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alb_mtls.pki.rollover_plan import ClientLife, RolloverPlan, rollover_plan
from tests.helpers.certificates import NOW

DAY = timedelta(days=1)
END = NOW + 3000 * DAY
YEARLY = ClientLife(life=365 * DAY, window=120 * DAY)
MONTHLY = ClientLife(life=30 * DAY, window=10 * DAY)


def _plan(now: datetime, **changes: Any) -> RolloverPlan | None:
    given: dict[str, Any] = {"generation": 1, "begin": NOW, "end": END, "newest": 1, "clients": [YEARLY, MONTHLY]}
    return rollover_plan(**{**given, **changes}, now=now)


def _late(now: datetime, **changes: Any) -> RolloverPlan:
    plan = _plan(now, **changes)
    assert plan is not None
    return plan


def test_a_plan_appears_when_a_third_of_the_life_is_left_and_not_earlier() -> None:
    assert _plan(NOW + 2000 * DAY - timedelta(seconds=1)) is None
    assert _plan(NOW + 2000 * DAY) is not None


def test_the_swap_is_a_window_before_the_end_and_the_introduction_a_life_earlier_both_of_the_longest_client() -> None:
    introduce, trust, remove = _late(END - DAY).steps
    assert (END - introduce.by, END - trust.by, END - remove.by) == (485 * DAY, 120 * DAY, 0 * DAY)


def test_where_clients_live_as_long_as_their_root_the_third_is_divided_into_equal_parts() -> None:
    introduce, trust, _ = _late(END - DAY, clients=[ClientLife(life=3000 * DAY, window=1000 * DAY)]).steps
    assert (END - introduce.by, END - trust.by) == (1000 * DAY * 2 / 3, 1000 * DAY / 3)


@given(
    life=st.timedeltas(min_value=timedelta(minutes=30), max_value=36500 * DAY),
    clients=st.lists(
        st.builds(
            ClientLife,
            life=st.timedeltas(min_value=timedelta(minutes=5), max_value=36500 * DAY),
            window=st.timedeltas(min_value=timedelta(minutes=2), max_value=36500 * DAY),
        ),
        max_size=3,
    ),
)
def test_whatever_the_lives_each_step_has_its_time_within_the_last_third(
    life: timedelta, clients: list[ClientLife]
) -> None:
    end = NOW + life
    steps = _late(end, end=end, clients=clients).steps
    moments = [one.by for one in steps]
    assert end - life / 3 - timedelta(microseconds=1) <= moments[0] < moments[1] < moments[2] == end


@pytest.mark.parametrize(("days_left", "late"), [(486, False), (484, True)])
def test_a_step_is_late_from_its_day_on(days_left: int, late: bool) -> None:
    now = END - days_left * DAY
    plan = _late(now)
    assert plan.next_step.is_late(now) is late
    assert ("which has passed" in "\n".join(plan.lines(now))) is late


def test_the_introduced_generation_leaves_the_swap_as_the_next_step() -> None:
    now = END - 200 * DAY
    plan = _late(now, newest=2)
    assert plan.next_step.what.startswith("set rootCa.trusted to 2 and run `pulumi up`, when all clients")
    assert not plan.next_step.is_late(now)
    assert list(plan.lines(now))[1].startswith("  1. begun: ")


def test_a_root_whose_key_is_not_at_hand_has_a_hard_swap_in_its_plan() -> None:
    soft, hard = _late(END - DAY), _late(END - DAY, can_sign=False)
    assert "rootCa.abandoned to [1]" in hard.steps[1].what
    assert "abandoned" not in soft.steps[1].what
