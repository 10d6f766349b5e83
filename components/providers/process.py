"""The provider process: its clients, its end when its engine is gone, and sentences in place of tracebacks.

Pulumi leaves a provider running when its CLI is killed (docs/facts/pulumi.md, Kills), and whatever it
still wrote would meet the recovery: a second copy of the CA beside the one that `up` has just uploaded, a repository
that `destroy` has swept already, the deletion of a CA that `up` has just bound. CAS takes neither conditions nor
client tokens, so nothing but the end of the process keeps such a call from being made. An attempt that holds the
claim runs to its end instead: its writes are rejected as soon as a recovery has begun, and it may be about to
put the listener back.
"""

import os
import socket
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Lock, Thread
from typing import Any

from alb_mtls.errors import OperationFailed
from alb_mtls.session import Session

# Only for an engine that goes on dropping connections at once; an end is looked into without delay.
_PAUSE_SECONDS = 0.2
_SERVER = ("pulumi", "dynamic", "__main__.py")


def engine_address(argv: Sequence[str]) -> tuple[str, int] | None:
    """Return where the engine listens, from the command line of `python -m pulumi.dynamic`; None elsewhere."""
    if len(argv) < 2 or Path(argv[0]).parts[-len(_SERVER) :] != _SERVER:  # noqa: PLR2004 - program and address
        return None
    host, _, port = argv[1].rpartition(":")
    return (host, int(port)) if host and port.isdecimal() else None


class Watch:
    """Watches the engine, and ends the process when it is gone and nothing is under way that must come to its end."""

    def __init__(self, leave: Callable[[], object]) -> None:
        """Watch nothing yet.

        Args:
            leave: ends the process.
        """
        self._leave = leave
        self._lock = Lock()
        self._started = False
        self._under_way = 0
        self._orphaned = False

    def start(self, address: tuple[str, int] | None) -> None:
        """Watch from now on; a second call, and no address, change nothing."""
        with self._lock:
            if address is None or self._started:
                return
            self._started = True
        Thread(target=self._watch, args=(address,), name="engine-watch", daemon=True).start()

    @contextmanager
    def to_the_end(self) -> Iterator[None]:
        """Let what happens inside come to its end although the engine is gone."""
        with self._lock:
            self._under_way += 1
        try:
            yield
        finally:
            with self._lock:
                self._under_way -= 1
            self._leave_if_done()

    def _watch(self, address: tuple[str, int]) -> None:
        dropped_at_once = False
        connected = time.monotonic()
        while _outlasted_a_connection(*address):
            # The first time it may be the engine's end, and a recovery may already be on its way.
            if dropped_at_once:
                time.sleep(_PAUSE_SECONDS)
            dropped_at_once = time.monotonic() - connected < _PAUSE_SECONDS
            connected = time.monotonic()
        with self._lock:
            self._orphaned = True
        self._leave_if_done()

    def _leave_if_done(self) -> None:
        with self._lock:
            done = self._orphaned and not self._under_way
        if done:
            self._leave()


def _outlasted_a_connection(host: str, port: int) -> bool:
    """Hold a connection to the engine until it ends; False when there is nobody to connect to.

    The engine's gRPC server drops a connection without a greeting after two minutes, so an end alone says nothing.
    """
    try:
        with socket.create_connection((host, port)) as connection:
            connection.settimeout(None)
            while connection.recv(4096):
                pass
    except ConnectionRefusedError:
        return False
    except OSError:
        return True
    return True


# Not sys.exit: the server's threads would go on with their calls.
_watch = Watch(lambda: os._exit(1))
to_the_end = _watch.to_the_end


def watch_engine() -> None:
    """End this process when its engine is gone; outside a provider process this does nothing."""
    _watch.start(engine_address(sys.argv))


def print_sentences_only() -> None:
    """Let Pulumi print the sentence of an OperationFailed alone, not the frames of the SDK that lead to it.

    The SDK's server answers every exception with `traceback.format_exc()` (pulumi.dynamic.__main__), and this
    process is that server and nothing else. Any other exception keeps its traceback.
    """
    if getattr(traceback.format_exc, "sentences", False):
        return
    whole = traceback.format_exc

    def sentence_or_whole(*args: Any, **kwargs: Any) -> str:
        error = sys.exc_info()[1]
        return str(error) if isinstance(error, OperationFailed) else whole(*args, **kwargs)

    sentence_or_whole.sentences = True  # type: ignore[attr-defined] # a mark on our own function, read above
    traceback.format_exc = sentence_or_whole


class _Current:
    """The session of this process; providers themselves hold nothing, since what they hold is pickled."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._session: Session | None = None
        self._drawn: set[str] = set()

    def configure(self, get: Callable[[str], Any]) -> None:
        with self._lock:
            # Every provider class is configured with the same values: one session serves them all.
            if self._session is None:
                self._session = Session(lambda key: _text(get(key)))

    def draw(self, name: str) -> None:
        with self._lock:
            self._drawn.add(name)

    def has_drawn(self, name: str) -> bool:
        """Say whether this very process has drawn a name at random, so that nobody has used it before."""
        return name in self._drawn

    def session(self) -> Session:
        if self._session is None:
            message = "the provider was called before it was configured"
            raise RuntimeError(message)
        return self._session


def _text(value: Any) -> str | None:
    return None if value in (None, "") else str(value)


_current = _Current()
configure = _current.configure
session = _current.session
draw = _current.draw
has_drawn = _current.has_drawn
