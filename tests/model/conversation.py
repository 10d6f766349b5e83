"""How real provider code talks to the model: its calls are answered from the replies that it has had before."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.model.world import Call, Reply


class NoReplyYet(BaseException):
    """Leaves the provider's code at its first call without an answer; no `except Exception` may keep it."""


class Conversation:
    """What one process and the world have said to each other.

    Attributes:
        pending: the call that the process is about to make.
        to_the_end: how many sections it stands in whose end is let come (components/providers/engine_watch.py).
    """

    def __init__(self, replies: tuple[Reply, ...]) -> None:
        """Begin with the replies that the process has had."""
        self._replies = iter(replies)
        self.pending: Call = ()
        self.to_the_end = 0

    def ask(self, *call: Any) -> Reply:
        """Return the reply to a call.

        Raises:
            NoReplyYet: there is none so far.
        """
        for reply in self._replies:
            return reply
        self.pending = call
        raise NoReplyYet


_talks: list[Conversation] = []


@contextmanager
def talking(talk: Conversation) -> Iterator[None]:
    """Let the provider code that runs inside have this conversation."""
    _talks.append(talk)
    try:
        yield
    finally:
        _talks.pop()


def ask(*call: Any) -> Reply:
    """Ask the world in the name of the process that runs now."""
    return _talks[-1].ask(*call)


@contextmanager
def to_the_end() -> Iterator[None]:
    """Stand in for `engine_watch.to_the_end`: note that the process is inside."""
    talk = _talks[-1]
    talk.to_the_end += 1
    try:
        yield
    except NoReplyYet:
        # It stands inside.
        raise
    except BaseException:
        talk.to_the_end -= 1
        raise
    else:
        talk.to_the_end -= 1
