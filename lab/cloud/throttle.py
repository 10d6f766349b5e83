"""Counts calls and throttles those above the rate."""

import time
from collections import defaultdict, deque
from collections.abc import Callable
from typing import Final

from lab.behaviour import Timings
from lab.cloud.exceptions import ThrottlingUser

WINDOW_SECONDS: Final = 1.0


class Throttle:
    """At most `requests_per_second` calls of one API by one user in any second.

    Throttled calls do not count: a caller that waits a second gets through.
    """

    def __init__(self, timings: Timings, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Start with no calls."""
        self._timings = timings
        self._clock = clock
        self._calls: defaultdict[tuple[str, str], deque[float]] = defaultdict(deque)

    def forget(self) -> None:
        """Forget all calls, as if a second had passed."""
        self._calls.clear()

    def enter(self, api: str, user: str) -> None:
        """Count a call.

        Raises:
            ThrottlingUser: there were too many in the last second.
        """
        now = self._clock()
        calls = self._calls[api, user]
        while calls and calls[0] <= now - WINDOW_SECONDS:
            calls.popleft()
        if len(calls) >= self._timings.requests_per_second:
            raise ThrottlingUser
        calls.append(now)
