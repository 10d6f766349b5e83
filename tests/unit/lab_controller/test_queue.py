"""When the controller comes back to an AlbConfig."""

import math

import pytest

from lab.behaviour import ControllerBehaviour
from lab.controller.queue import WorkQueue


class Clock:
    """Seconds that a test sets."""

    now = 100.0

    def __call__(self) -> float:
        """Return them."""
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def queue(clock: Clock) -> WorkQueue:
    behaviour = ControllerBehaviour(first_retry_seconds=1, last_retry_seconds=3)
    return WorkQueue(behaviour, clock=clock)


def test_what_was_added_is_taken_once(queue: WorkQueue) -> None:
    queue.add(["alb", "alb-two", "alb"])
    assert queue.wait() == 0
    assert queue.take() == {"alb", "alb-two"}
    assert queue.take() == set()
    assert queue.wait() == math.inf


def test_what_failed_comes_again_after_a_back_off_that_grows_to_its_bound(queue: WorkQueue, clock: Clock) -> None:
    for seconds in (1, 2, 3, 3):
        queue.failed("alb")
        assert queue.wait() == seconds
        clock.now += seconds - 0.1
        assert queue.take() == set()
        clock.now += 0.2
        assert queue.take() == {"alb"}


def test_after_a_success_the_back_off_is_the_first_one(queue: WorkQueue, clock: Clock) -> None:
    queue.failed("alb")
    queue.failed("alb")
    clock.now += 3
    assert queue.take() == {"alb"}
    queue.succeeded("alb")
    queue.failed("alb")
    assert queue.wait() == 1


def test_an_event_does_not_wait_for_the_back_off(queue: WorkQueue) -> None:
    queue.failed("alb")
    queue.add(["alb"])
    assert queue.take() == {"alb"}


def test_an_event_that_came_while_its_name_was_worked_on_is_not_put_off(queue: WorkQueue) -> None:
    queue.add(["alb"])
    queue.take()
    queue.add(["alb"])
    queue.failed("alb")
    assert queue.take() == {"alb"}


def test_what_waits_for_a_listener_comes_again_without_a_back_off(queue: WorkQueue) -> None:
    for _ in range(5):
        queue.again("alb", 0.1)
        assert queue.wait() == pytest.approx(0.1)


def test_what_is_gone_is_forgotten_and_the_rest_stays(queue: WorkQueue) -> None:
    queue.add(["alb", "alb-two"])
    queue.keep_only(["alb"])
    assert queue.take() == {"alb"}


def test_a_process_that_ends_forgets_everything(queue: WorkQueue, clock: Clock) -> None:
    queue.failed("alb")
    queue.add(["alb-two"])
    queue.clear()
    clock.now += 60
    assert queue.take() == set()
    queue.failed("alb")
    assert queue.wait() == 1
