"""How real provider code talks to the model: its calls are answered from the replies that it has had before."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.model.world import WRITES, Call, Reply

# What is read twice is the same both times, unless something has happened in between.
_READS = frozenset({"albconfig", "listener", "bound", "gate", "ListCertWarehouse", "ListCert", "DescribeWarehouseCert"})


class NoReplyYet(BaseException):
    """Leaves the provider's code at its first call without an answer; no `except Exception` may keep it."""


class Conversation:
    """What one process and the world have said to each other.

    Attributes:
        pending: the call that the process is about to make.
        to_the_end: how many sections it stands in whose end is let come (components/providers/engine_watch.py).
        foreseen: calls without a reply so far that were answered as they were before, `to_the_end` at each, its reply.
    """

    def __init__(self, replies: tuple[Reply, ...]) -> None:
        """Begin with the replies that the process has had."""
        self._replies = iter(replies)
        self.pending: Call = ()
        self.to_the_end = 0
        self.foreseen: list[tuple[Call, int, Reply]] = []
        self._same: dict[Call, Reply] = {}

    def ask(self, *call: Any) -> Reply:
        """Return the reply to a call.

        What was read already, and perhaps has not changed, is answered as before: most often that is what comes, and
        the process need not be run again to learn what it does then.

        Raises:
            NoReplyYet: there is none so far.
        """
        for reply in self._replies:
            self._remember(call, reply)
            return reply
        if call in self._same:
            self.foreseen.append((call, self.to_the_end, self._same[call]))
            return self._same[call]
        self.pending = call
        raise NoReplyYet

    def _remember(self, call: Call, reply: Reply) -> None:
        if call[0] in WRITES or call[0] == "patience":
            self._same.clear()
        if call[0] == "patch" and reply.startswith("{"):
            self._same["albconfig",] = reply
        elif call[0] in _READS:
            self._same[call] = reply


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
