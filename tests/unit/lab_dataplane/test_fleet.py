"""Which machine of a listener serves what, and when."""

import math
from dataclasses import replace

import pytest

from lab.dataplane.caddy_config import ListenerConfig
from lab.dataplane.second.contexts import Terms
from lab.dataplane.second.fleet import Fleet, Lag

OFF = Terms(config=ListenerConfig(listener_id="lsn-1", protocol="HTTPS", bind=""), load_balancer_id="alb-1")
ON = replace(OFF, config=replace(OFF.config, client_ca=b"ca"))


class Clock:
    """Seconds that a test sets."""

    now = 0.0

    def __call__(self) -> float:
        """Return them."""
        return self.now


def _on(fleet: Fleet, *, connections: int = 2000) -> float:
    return sum(fleet.pick() == ON for _ in range(connections)) / connections


@pytest.mark.parametrize(
    ("lag", "delays"),
    [
        (Lag(), [0]),
        (Lag(machines=0), [0]),
        (Lag(machines=3, seconds=9), [0, 0, 0]),
        (Lag(machines=4, share=1, seconds=8), [2, 4, 6, 8]),
        (Lag(machines=4, share=0.5, seconds=8), [4, 8, 0, 0]),
        (Lag(machines=20, share=0.05, never=True), [math.inf, *[0] * 19]),
        (Lag(machines=3, share=0.01, never=True), [math.inf, 0, 0]),
        (Lag(machines=2, share=2, seconds=1), [0.5, 1]),
    ],
)
def test_a_share_of_the_machines_follows_late_one_after_the_other_or_never(lag: Lag, delays: list[float]) -> None:
    assert lag.delays() == delays


def test_machines_that_do_not_lag_follow_at_once() -> None:
    fleet = Fleet(OFF, clock=Clock())
    fleet.follow(OFF, Lag(machines=5))
    assert _on(fleet) == 0
    fleet.follow(ON, Lag(machines=5))
    assert _on(fleet) == 1


def test_machines_that_lag_follow_one_after_the_other() -> None:
    clock, lag = Clock(), Lag(machines=10, share=1, seconds=10)
    fleet = Fleet(OFF, clock=clock)
    fleet.follow(OFF, lag)
    fleet.follow(ON, lag)
    for clock.now, share in ((0.9, 0), (5, 0.5), (9.9, 0.9), (10, 1)):
        assert _on(fleet) == pytest.approx(share, abs=0.06)


def test_a_machine_that_never_follows_meets_its_share_of_the_connections_until_it_may_follow() -> None:
    clock, lag = Clock(), Lag(machines=10, share=0.2, never=True)
    fleet = Fleet(OFF, clock=clock)
    fleet.follow(OFF, lag)
    fleet.follow(ON, lag)
    clock.now = 3600
    assert _on(fleet) == pytest.approx(0.8, abs=0.06)
    fleet.follow(ON, Lag(machines=10))
    assert _on(fleet) == 1


def test_to_be_shown_the_same_again_changes_nothing() -> None:
    clock, lag = Clock(), Lag(machines=1, share=1, seconds=10)
    fleet = Fleet(OFF, clock=clock)
    fleet.follow(ON, lag)
    clock.now = 9
    fleet.follow(ON, lag)
    assert fleet.pick() == OFF
    clock.now = 10
    assert fleet.pick() == ON


def test_changes_that_come_faster_than_a_machine_follows_are_served_in_their_order() -> None:
    clock, lag = Clock(), Lag(machines=1, share=1, seconds=10)
    fleet = Fleet(OFF, clock=clock)
    fleet.follow(ON, lag)
    clock.now = 5
    fleet.follow(OFF, lag)
    clock.now = 11
    assert fleet.pick() == ON
    assert fleet.in_use() == {ON, OFF}
    clock.now = 15
    assert fleet.pick() == OFF
    assert fleet.in_use() == {OFF}


def test_machines_that_are_taken_away_serve_no_more() -> None:
    fleet = Fleet(OFF, clock=Clock())
    fleet.follow(OFF, Lag(machines=2))
    fleet.follow(ON, Lag(machines=2, share=0.5, never=True))
    assert 0 < _on(fleet) < 1
    fleet.follow(ON, Lag(machines=1))
    assert _on(fleet) == 1
