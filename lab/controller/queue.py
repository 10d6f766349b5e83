"""Which AlbConfigs are to be reconciled, and when."""

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from lab.behaviour import ControllerBehaviour


class WorkQueue:
    """A work queue as client-go has it: a name is in it once, and one that failed comes again after a back-off."""

    def __init__(self, behaviour: "ControllerBehaviour", *, clock: "Callable[[], float]") -> None:
        """Begin empty.

        Args:
            behaviour: has the first and the longest back-off.
            clock: seconds that only go up.
        """
        self._behaviour = behaviour
        self._clock = clock
        self._due: dict[str, float] = {}
        self._failures: dict[str, int] = {}

    def add(self, names: "Iterable[str]") -> None:
        """Have these reconciled at once, also those that wait for their back-off."""
        for name in names:
            self._due[name] = -math.inf

    def take(self) -> set[str]:
        """Return what is to be reconciled now, and forget it; the caller reports what becomes of each."""
        now = self._clock()
        taken = {name for name, time in self._due.items() if time <= now}
        for name in taken:
            del self._due[name]
        return taken

    def succeeded(self, name: str) -> None:
        """Note that a name was reconciled: its next failure is its first one."""
        self._failures.pop(name, None)

    def failed(self, name: str) -> None:
        """Note that a name could not be reconciled, or by halves: again after the back-off."""
        failures = self._failures.get(name, 0)
        self._failures[name] = failures + 1
        wait = min(self._behaviour.first_retry_seconds * 2.0 ** min(failures, 64), self._behaviour.last_retry_seconds)
        self.again(name, wait)

    def again(self, name: str, seconds: float) -> None:
        """Have a name reconciled after some seconds, unless an event has it come sooner."""
        self._due[name] = min(self._clock() + seconds, self._due.get(name, math.inf))

    def keep_only(self, names: "Iterable[str]") -> None:
        """Forget what is gone."""
        kept = set(names)
        for gone in (self._due.keys() | self._failures.keys()) - kept:
            self._due.pop(gone, None)
            self._failures.pop(gone, None)

    def clear(self) -> None:
        """Forget everything, as a process does that ends."""
        self._due.clear()
        self._failures.clear()

    def wait(self) -> float:
        """Return the seconds until something is due, infinity when there is nothing."""
        return max(0.0, min(self._due.values(), default=math.inf) - self._clock())
