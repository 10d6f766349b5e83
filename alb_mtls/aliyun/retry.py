"""How long, how often and with what pauses a call is repeated.

Exponential backoff with full jitter, bounded by a deadline. A call that never got a connection is given up
much earlier: the usual reason is a wrong name or region, and nobody should wait two minutes to learn that.
Reads are repeated freely. A write whose reply was lost may have had its effect, and neither UploadPCACert nor
CreateWarehouse takes a client token (docs/facts/alibaba-cloud.md, CAS API): the caller looks before it is repeated.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, TypeVar

from alb_mtls.aliyun.errors import CloudError
from alb_mtls.aliyun.transient import Call, TransientError, gave_up
from alb_mtls.progress import Wait
from alb_mtls.retrying import growing, repeat

T = TypeVar("T")

_LONGEST_HINT_SECONDS: Final = 60.0
# A look is one call, and CAS takes ten a second for each API and user: the first one of an `up` comes beside others.
_SHORTEST_LOOK_SECONDS: Final = 0.2
_LONGEST_LOOK_SECONDS: Final = 0.5
_LOOK_AGAIN_AFTER: Final = 0.25


@dataclass(frozen=True, kw_only=True)
class RetryPolicy:
    """Bounds for the repetition of one call; all times in seconds.

    Attributes:
        deadline_seconds: No further attempt starts after this; one that is under way is waited for.
        unreachable_seconds: The same bound while there was no connection at all so far.
        shortest_pause_seconds: The least time between two attempts.
        longest_pause_seconds: The most, unless the cloud requests more.
        clock: Monotonic time, replaced in tests.
        sleep: Waits, replaced in tests.
    """

    deadline_seconds: float = 120.0
    unreachable_seconds: float = 10.0
    shortest_pause_seconds: float = 0.1
    longest_pause_seconds: float = 8.0
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    _polls: list[str] = field(default_factory=list, init=False, repr=False, compare=False)

    def run(self, attempt: Callable[[], T], call: Call, after_lost_reply: Callable[[], T | None] | None = None) -> T:
        """Return what `attempt` returns, repeating it as long as it raises `TransientError`.

        Args:
            attempt: Makes the call once.
            call: What it is, for messages.
            after_lost_reply: Asked before a repetition whenever an earlier attempt may have had its effect.
                What it finds is the result, and nothing is repeated; None repeats.

        Raises:
            RetriesExhausted: The deadline has passed.
            Unreachable: There was never a connection.
            CloudError: Whatever `attempt` or `after_lost_reply` raised that repeating does not heal.
        """
        lost = False
        connected = False

        def once() -> T:
            nonlocal lost, connected
            if lost and after_lost_reply is not None:
                found = after_lost_reply()
                if found is not None:
                    return found
            try:
                return attempt()
            except TransientError as error:
                lost = lost or error.may_have_had_effect
                connected = connected or not error.never_reached
                raise

        def bound(_last: TransientError) -> float:
            return self.deadline_seconds if connected else min(self.unreachable_seconds, self.deadline_seconds)

        def give_up(last: TransientError, attempts: int, seconds: float) -> CloudError:
            return gave_up(last, call, attempts=attempts, seconds=seconds)

        return repeat(
            once,
            TransientError,
            what=f"{call.api} ({call.target}) to succeed",
            pause=growing(
                4 * self.shortest_pause_seconds, self.longest_pause_seconds, shortest=self.shortest_pause_seconds
            ),
            requested_pause=lambda last: min(last.wait_seconds, _LONGEST_HINT_SECONDS),
            deadline_seconds=bound,
            give_up=give_up,
            clock=self.clock,
            sleep=self.sleep,
        )

    def poll(
        self, look: Callable[[], T | None], *, seconds: float, what: str, state: Callable[[], str] = lambda: ""
    ) -> T | None:
        """Return the first thing `look` finds within `seconds`, or None; it looks at least once.

        Soon again at first, then after a quarter of the time that has passed, at last twice a second. Polls that run
        side by side share the calls of a second.

        Args:
            look: Returns what is waited for, or None.
            seconds: How long.
            what: Is waited for, to complete "12 of 120 s for …".
            state: Says how things stood at the last look.
        """
        begun, wait = self.clock(), Wait(what=what, seconds=seconds, clock=self.clock)
        self._polls.append(what)
        try:
            while True:
                found = look()
                passed = self.clock() - begun
                # Compared with the same sum that the last pause reaches: by `passed`, rounded, it might never end.
                if found is not None or self.clock() >= begun + seconds:
                    return found
                wait.goes_on(state())
                shortest = max(_SHORTEST_LOOK_SECONDS * len(self._polls), _LOOK_AGAIN_AFTER * passed)
                self.sleep(min(shortest, _LONGEST_LOOK_SECONDS, max(begun + seconds - self.clock(), 0.0)))
        finally:
            self._polls.remove(what)
