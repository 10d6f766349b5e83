"""What a slow command is doing, on a terminal: nothing in the first seconds, and nothing where output is kept."""

from threading import Timer
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.status import Status

from alb_mtls.redaction import one_line

_SECONDS = 3.0


class Progress:
    """A line on standard error that says what is looked at, once that takes longer; it leaves nothing behind."""

    def __init__(self, console: Console | None = None, *, after_seconds: float = _SECONDS) -> None:
        """Take where to show it; without a terminal it is never shown."""
        self._console = console or Console(stderr=True, highlight=False, emoji=False, markup=False)
        self._status = Status("", console=self._console)
        self._timer = Timer(after_seconds, self._status.start)
        self._timer.daemon = True

    def looking_at(self, what: str) -> None:
        """Say what is looked at from now on."""
        self._status.update(one_line(f"looking at {what} ..."))

    def __enter__(self) -> Self:
        """Begin to wait."""
        if self._console.is_terminal:
            self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Take the line away."""
        self._timer.cancel()
        if self._timer.ident is not None:
            # It may just be showing the line.
            self._timer.join()
        self._status.stop()
