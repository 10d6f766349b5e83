"""What is repeated, how long, with what pauses, and when a lost write is looked for first."""

import itertools
from collections.abc import Callable

import pytest

from alb_mtls.aliyun.errors import RequestRejected, RetriesExhausted, Unreachable
from alb_mtls.aliyun.retry import RetryPolicy
from alb_mtls.aliyun.transient import Call, TransientError, TransientReason
from tests.helpers.fake_clock import FakeClock

CALL = Call(service="CAS", ram_namespace="yundun-cert", host="cas.example", api="UploadPCACert", target="repository r")
NO_EFFECT = [TransientReason.THROTTLED, TransientReason.BUSY, TransientReason.NOT_CONNECTED]
EFFECT_UNKNOWN = [reason for reason in TransientReason if reason not in NO_EFFECT]


def raising(*failures: Exception) -> Callable[[], str]:
    """Return a function that raises each failure once, then returns `done`."""
    left = list(failures)

    def attempt() -> str:
        if left:
            raise left.pop(0)
        return "done"

    return attempt


def always(failure: Exception) -> Callable[[], str]:
    def attempt() -> str:
        raise failure

    return attempt


@pytest.mark.parametrize("reason", list(TransientReason))
def test_a_passing_failure_is_healed(policy: RetryPolicy, reason: TransientReason) -> None:
    assert policy.run(raising(TransientError(reason), TransientError(reason)), CALL) == "done"


def test_anything_else_is_not_repeated(policy: RetryPolicy, clock: FakeClock) -> None:
    refusal = RequestRejected("no", api="UploadPCACert", target="repository r")
    with pytest.raises(RequestRejected):
        policy.run(raising(refusal), CALL)
    assert clock.pauses == []


def test_a_failure_that_stays_ends_at_the_deadline_and_names_what_was_tried(
    policy: RetryPolicy, clock: FakeClock
) -> None:
    failure = TransientError(TransientReason.THROTTLED, code="Throttling.User", request_id="R-1")
    with pytest.raises(RetriesExhausted) as caught:
        policy.run(always(failure), CALL)
    attempts = len(clock.pauses) + 1
    assert f"{attempts} attempts in" in str(caught.value)
    assert "UploadPCACert on repository r" in str(caught.value)
    assert caught.value.code == "Throttling.User"
    assert clock.now <= policy.deadline_seconds
    assert clock.now > policy.deadline_seconds - policy.longest_pause_seconds


def test_no_attempt_starts_after_the_deadline_even_when_each_takes_long(policy: RetryPolicy, clock: FakeClock) -> None:
    started: list[float] = []

    def slow() -> str:
        started.append(clock.now)
        clock.now += 25
        raise TransientError(TransientReason.REPLY_LOST)

    with pytest.raises(RetriesExhausted):
        policy.run(slow, CALL)
    assert max(started) <= policy.deadline_seconds


@pytest.mark.parametrize("reason", [TransientReason.NOT_CONNECTED, TransientReason.TLS_FAILED])
def test_an_address_that_never_answers_is_given_up_early(
    policy: RetryPolicy, clock: FakeClock, reason: TransientReason
) -> None:
    with pytest.raises(Unreachable, match=r"cas\.example"):
        policy.run(always(TransientError(reason)), CALL)
    assert clock.now <= policy.unreachable_seconds


def test_a_connection_lost_after_the_first_answer_gets_the_whole_deadline(
    policy: RetryPolicy, clock: FakeClock
) -> None:
    gone = [TransientError(TransientReason.THROTTLED, wait_seconds=12)] + [
        TransientError(TransientReason.NOT_CONNECTED)
    ] * 3
    assert policy.run(raising(*gone), CALL) == "done"
    assert clock.now > policy.unreachable_seconds


def test_pauses_stay_between_their_bounds(policy: RetryPolicy, clock: FakeClock) -> None:
    with pytest.raises(RetriesExhausted):
        policy.run(always(TransientError(TransientReason.BUSY)), CALL)
    assert min(clock.pauses) >= policy.shortest_pause_seconds
    assert max(clock.pauses) <= policy.longest_pause_seconds
    assert len(set(clock.pauses)) > 1


def test_the_pause_the_cloud_requests_is_kept(policy: RetryPolicy, clock: FakeClock) -> None:
    policy.run(raising(TransientError(TransientReason.THROTTLED, wait_seconds=20)), CALL)
    assert clock.pauses == [20]


@pytest.mark.parametrize("reason", EFFECT_UNKNOWN)
def test_a_write_that_may_have_had_its_effect_is_looked_for_and_taken_or_repeated_when_it_is_not_found(
    policy: RetryPolicy, reason: TransientReason
) -> None:
    assert policy.run(raising(TransientError(reason)), CALL, lambda: "found") == "found"
    assert policy.run(raising(TransientError(reason)), CALL, lambda: None) == "done"


@pytest.mark.parametrize("reason", NO_EFFECT)
def test_a_write_that_was_not_carried_out_is_repeated_without_looking(
    policy: RetryPolicy, reason: TransientReason
) -> None:
    assert policy.run(raising(TransientError(reason)), CALL, lambda: "found") == "done"


def test_once_lost_a_write_is_looked_for_before_every_further_repetition(policy: RetryPolicy) -> None:
    looks = iter([None, "found"])
    failures = [TransientError(TransientReason.REPLY_LOST), TransientError(TransientReason.THROTTLED)]
    assert policy.run(raising(*failures), CALL, lambda: next(looks)) == "found"


def test_a_poll_returns_the_first_find(policy: RetryPolicy, clock: FakeClock) -> None:
    found = iter([None, None, "it"])
    assert policy.poll(lambda: next(found), seconds=5, what="it") == "it"
    assert clock.now == pytest.approx(0.4)


@pytest.mark.parametrize(("seconds", "looks"), [(0.7, [0, 0.2, 0.4, 0.6, 0.7]), (0, [0])])
def test_a_poll_looks_once_more_when_its_time_is_up(
    policy: RetryPolicy, clock: FakeClock, seconds: float, looks: list[float]
) -> None:
    looked_at: list[float] = []
    assert policy.poll(lambda: looked_at.append(clock.now), seconds=seconds, what="it") is None
    assert looked_at == pytest.approx(looks)


def looks_of(policy: RetryPolicy, clock: FakeClock, seconds: float) -> list[float]:
    looked_at: list[float] = []
    policy.poll(lambda: looked_at.append(clock.now), seconds=seconds, what="it")
    return looked_at


def test_a_poll_ends_at_its_time_whenever_it_begins(policy: RetryPolicy, clock: FakeClock) -> None:
    # A sum of floating-point numbers can stop short of its end by less than time passes.
    for begun in range(1, 2000):
        clock.now = begun * 0.1371
        assert len(looks_of(policy, clock, 5)) < 30


def test_a_poll_looks_soon_at_first_and_over_a_long_wait_hardly_more_often_than_twice_a_second(
    policy: RetryPolicy, clock: FakeClock
) -> None:
    looks = looks_of(policy, clock, 120)
    assert looks[:5] == pytest.approx([0, 0.2, 0.4, 0.6, 0.8])
    assert 240 < len(looks) < 250
    assert max(later - one for one, later in itertools.pairwise(looks)) == pytest.approx(0.5)


def test_polls_side_by_side_look_no_more_often_together(policy: RetryPolicy, clock: FakeClock) -> None:
    beside: list[float] = []

    def while_another_looks() -> None:
        if not beside:
            beside.extend(looks_of(policy, clock, 2))

    policy.poll(while_another_looks, seconds=1, what="the other")
    assert beside[:3] == pytest.approx([0, 0.4, 0.8])
    assert looks_of(policy, clock, 1)[1] - clock.now == pytest.approx(0.2 - 1)
