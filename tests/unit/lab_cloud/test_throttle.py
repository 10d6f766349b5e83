"""The rate of calls, counted exactly."""

import pytest

from lab.behaviour import Timings
from lab.cloud.exceptions import ThrottlingUser
from lab.cloud.throttle import Throttle
from tests.helpers.fake_clock import FakeClock


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def throttle(clock: FakeClock) -> Throttle:
    return Throttle(Timings(requests_per_second=10), clock=clock)


def enter(throttle: Throttle, times: int, *, api: str = "ListCert", user: str = "alice") -> None:
    for _ in range(times):
        throttle.enter(api, user)


def test_ten_calls_in_a_second_are_taken_and_the_eleventh_is_throttled(throttle: Throttle) -> None:
    enter(throttle, 10)
    with pytest.raises(ThrottlingUser):
        enter(throttle, 1)


def test_each_api_and_each_user_has_a_rate_of_its_own(throttle: Throttle) -> None:
    enter(throttle, 10)
    enter(throttle, 10, api="UploadPCACert")
    enter(throttle, 10, user="bob")


def test_the_second_slides_with_the_calls(throttle: Throttle, clock: FakeClock) -> None:
    enter(throttle, 5)
    clock.sleep(0.6)
    enter(throttle, 5)
    clock.sleep(0.4)
    enter(throttle, 5)
    with pytest.raises(ThrottlingUser):
        enter(throttle, 1)


def test_throttled_calls_do_not_count(throttle: Throttle, clock: FakeClock) -> None:
    enter(throttle, 10)
    clock.sleep(0.9)
    with pytest.raises(ThrottlingUser):
        enter(throttle, 1)

    clock.sleep(0.1)
    enter(throttle, 10)


def test_a_rate_of_nothing_throttles_everything(clock: FakeClock) -> None:
    with pytest.raises(ThrottlingUser):
        enter(Throttle(Timings(requests_per_second=0), clock=clock), 1)
