"""Which properties a diff is about, where that is not all that is not the same: a look differs from run to run."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

DRIFT: Final = "drift"
"""No property: words have said what is not as it was, and the CLI lists nothing under a name that no input has."""


class Differing:
    """The names of properties that a `diff` has given; none while it leaves that to the engine."""

    def __init__(self) -> None:
        """Begin without any."""
        self.names: tuple[str, ...] = ()


_current: ContextVar[Differing | None] = ContextVar("differing", default=None)


@contextmanager
def differing() -> Iterator[Differing]:
    """Take what a `diff` inside gives."""
    taken = Differing()
    token = _current.set(taken)
    try:
        yield taken
    finally:
        _current.reset(token)


def show_differing(names: Iterable[str]) -> None:
    """Let the CLI show just these properties of a resource that changes."""
    taken = _current.get()
    if taken is not None:
        taken.names = tuple(names)
