"""The end of a provider process whose engine is gone.

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
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Lock, Thread

# Only for an engine that goes on dropping connections at once; an end is looked into without delay.
_PAUSE_SECONDS = 0.2
# An engine that is killed while it answers may leave a connection that ends for nobody; a probe finds that out.
_PROBES = {"TCP_KEEPIDLE": 5, "TCP_KEEPINTVL": 2, "TCP_KEEPCNT": 3}
# Pulumi's own server stands alone where Pulumi.yaml does not name ours: in a program that uses the components.
_SERVERS = {("providers", "server", "__main__.py"), ("pulumi", "dynamic", "__main__.py")}


def engine_address(argv: Sequence[str]) -> tuple[str, int] | None:
    """Return where the engine listens, from the command line of a server of dynamic providers; None elsewhere."""
    if len(argv) < 2 or Path(argv[0]).parts[-3:] not in _SERVERS:  # noqa: PLR2004 - program and address
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
            _probe_peer(connection)
            while connection.recv(4096):
                pass
    except ConnectionRefusedError:
        return False
    except OSError:
        return True
    return True


def _probe_peer(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, seconds in _PROBES.items():
        # Not every system has all of them.
        if hasattr(socket, name):
            connection.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), seconds)


# Not sys.exit: the server's threads would go on with their calls.
_watch = Watch(lambda: os._exit(1))
to_the_end = _watch.to_the_end


def watch_engine() -> None:
    """End this process when its engine is gone; outside a provider process this does nothing."""
    _watch.start(engine_address(sys.argv))


def engine_lives() -> bool:
    """Say whether the engine of this process is there; outside a provider process there is none to miss."""
    address = engine_address(sys.argv)
    if address is None:
        return True
    try:
        with socket.create_connection(address):
            return True
    except OSError:
        return False
