"""What is waited for, how long it has taken, and until when: for whoever watches the work of a thread.

Nobody does unless `watched_by` says so, and then nothing is printed.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Final

Say = Callable[[str], object]

_FIRST_AFTER_SECONDS: Final = 2.0
_EVERY_SECONDS: Final = 10.0

_watcher: ContextVar[Say | None] = ContextVar("watcher", default=None)


@contextmanager
def watched_by(say: Say) -> Iterator[None]:
    """Let `say` have what this thread waits for inside; threads that it starts have no watcher."""
    token = _watcher.set(say)
    try:
        yield
    finally:
        _watcher.reset(token)


@dataclass(kw_only=True)
class Wait:
    """One thing that is waited for.

    Attributes:
        what: to complete "12 of 120 s for …".
        seconds: how long, at most.
        clock: monotonic time.
    """

    what: str
    seconds: float
    clock: Callable[[], float] = time.monotonic
    _begun: float = field(init=False)
    _said: tuple[float, str] | None = None

    def __post_init__(self) -> None:
        """Begin to count."""
        self._begun = self.clock()

    def goes_on(self, state: str = "", detail: str = "") -> None:
        """Say that it is not there yet: not in the first moments, then when the state changes, and now and then.

        Args:
            state: how things stand.
            detail: how far it has come; a change of it alone is not worth a line.
        """
        say, now = _watcher.get(), self.clock()
        if say is None or now - self._begun < _FIRST_AFTER_SECONDS:
            return
        if self._said is not None and now - self._said[0] < _EVERY_SECONDS and self._said[1] == state:
            return
        self._said = (now, state)
        # The clock first, and what it is about soon: a narrow terminal shows twenty letters.
        line = f"{now - self._begun:.0f} of {self.seconds:.0f} s for {self.what}"
        say("; ".join(filter(None, (line, state, detail))))


def begins(what: str) -> None:
    """Say what is done from now on, where that takes its time whatever comes."""
    say = _watcher.get()
    if say is not None:
        say(what)
