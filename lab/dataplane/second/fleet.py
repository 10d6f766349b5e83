"""The machines that serve one listener: which of them serves which configuration at the moment."""

import math
import random
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from lab.dataplane.second.contexts import Terms


@dataclass(frozen=True, kw_only=True)
class Lag:
    """How the machines of a listener follow a change.

    Attributes:
        machines: how many there are; at least one counts.
        share: of the machines, from 0 to 1, that follow late or never; rounded to whole machines, but above 0 it
            is at least one. The others follow at once.
        seconds: after which the last of them follows; the others of them one after the other until then.
        never: they keep what they serve.
    """

    machines: int = 1
    share: float = 0.0
    seconds: float = 0.0
    never: bool = False

    def delays(self) -> "list[float]":
        """Return for each machine after how many seconds it follows a change; infinity means never."""
        machines = max(1, self.machines)
        late = min(machines, max(round(self.share * machines), 1)) if self.share > 0 else 0
        waits = [math.inf if self.never else self.seconds * (place + 1) / late for place in range(late)]
        return waits + [0.0] * (machines - late)


@dataclass(kw_only=True)
class _Machine:
    serves: "Terms"
    coming: "deque[tuple[float, Terms]]" = field(default_factory=deque)

    def newest(self) -> "Terms":
        return self.coming[-1][1] if self.coming else self.serves

    def all_terms(self) -> "list[Terms]":
        return [self.serves, *(terms for _, terms in self.coming)]

    def now(self, time: float) -> "Terms":
        while self.coming and self.coming[0][0] <= time:
            self.serves = self.coming.popleft()[1]
        return self.serves


class Fleet:
    """Machines that each fresh connection is spread over at random."""

    def __init__(self, terms: "Terms", *, clock: "Callable[[], float]") -> None:
        """Begin with one machine.

        Args:
            terms: that a listener is served with first.
            clock: seconds that only go up.
        """
        self._clock = clock
        self._machines = [_Machine(serves=terms)]

    def follow(self, terms: "Terms", lag: Lag) -> None:
        """Let each machine go over to these terms in its time; a machine that is new has them at once."""
        now = self._clock()
        delays = lag.delays()
        del self._machines[len(delays) :]
        self._machines += [_Machine(serves=terms) for _ in delays[len(self._machines) :]]
        for machine, delay in zip(self._machines, delays, strict=True):
            if machine.newest() != terms and delay != math.inf:
                machine.coming.append((now + delay, terms))

    def pick(self) -> "Terms":
        """Return the terms of the machine that a fresh connection meets."""
        return random.choice(self._machines).now(self._clock())  # noqa: S311  # spreads connections, guards nothing

    def in_use(self) -> "set[Terms]":
        """Return the terms that a machine serves or goes over to."""
        return {terms for machine in self._machines for terms in machine.all_terms()}
