"""Repeating what may succeed later: one loop for calls of the cloud and the cluster, and for rounds of a proof."""

import time
from collections.abc import Callable
from typing import TypeVar, cast

from tenacity import RetryCallState, Retrying, retry_if_exception, wait_fixed, wait_random_exponential

from alb_mtls.progress import Wait

T = TypeVar("T")
E = TypeVar("E", bound=Exception)
Pause = Callable[[RetryCallState], float]


def steady(seconds: float) -> Pause:
    """Return pauses that are all alike."""
    return wait_fixed(seconds)


def growing(first: float, longest: float, shortest: float = 0.0) -> Pause:
    """Return pauses of random length (full jitter), in seconds: up to `first`, then twice that, at last `longest`."""
    return wait_random_exponential(multiplier=first, max=longest, min=shortest)


def repeat(
    attempt: Callable[[], T],
    error: type[E],
    *,
    what: str,
    pause: Pause,
    deadline_seconds: Callable[[E], float],
    may_repeat: Callable[[E], bool] = lambda _: True,
    requested_pause: Callable[[E], float] = lambda _: 0.0,
    give_up: Callable[[E, int, float], Exception] = lambda last, _attempts, _seconds: last,
    clock: Callable[[], float] | None = None,
    sleep: Callable[[float], None] | None = None,
) -> T:
    """Return what `attempt` returns, repeating it as long as it fails in a way that may pass.

    Args:
        attempt: makes one attempt.
        error: how an attempt fails in a way that may pass; whatever else it raises ends the loop.
        what: is waited for, to complete "12 of 120 s for …".
        pause: before the next attempt.
        deadline_seconds: no further attempt starts this long after the first one did; may depend on the last error.
        may_repeat: whether an error is one that may pass after all.
        requested_pause: the least pause that the other side requested, in seconds.
        give_up: what to raise at the deadline, from the last error, the number of attempts and the seconds they took.
        clock: monotonic time; that of this machine when left out.
        sleep: waits.
    """
    now = clock or time.monotonic
    started = now()
    wait: Wait | None = None

    def goes_on(state: RetryCallState) -> None:
        nonlocal wait
        # The first failure says how long it may take.
        wait = wait or Wait(what=what, seconds=deadline_seconds(last(state)), clock=now)
        wait.goes_on(str(last(state)))

    def last(state: RetryCallState) -> E:
        return cast("E", state.outcome and state.outcome.exception())

    def end(state: RetryCallState) -> T:
        raise give_up(last(state), state.attempt_number, now() - started)

    return Retrying(
        sleep=sleep or time.sleep,
        wait=lambda state: max(pause(state), requested_pause(last(state))),
        stop=lambda state: now() - started + state.upcoming_sleep > deadline_seconds(last(state)),
        retry=retry_if_exception(lambda found: isinstance(found, error) and may_repeat(found)),
        before_sleep=goes_on,
        retry_error_callback=end,
    )(attempt)
