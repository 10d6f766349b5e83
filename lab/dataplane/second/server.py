"""The second server: one abstract Unix socket for each listener that it serves, as Caddy has them."""

import asyncio
import contextlib
import random
import secrets
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lab.dataplane.second.contexts import Contexts, Handshake, Terms
from lab.dataplane.second.fleet import Fleet, Lag
from lab.dataplane.second.http import converse
from lab.dataplane.second.tls_stream import TlsEndedError, TlsStream

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.types import ASGIApp

    from lab.certificates import ServerCertificate

_BACKLOG = 1024


@dataclass(frozen=True, kw_only=True)
class Served:
    """A listener that this server serves.

    Attributes:
        listener_id: of the ALB.
        terms: how it is to be served now.
        lag: how its machines come to that.
        connection_loss: share of fresh connections that are cut before an answer, 0 to 1.
    """

    listener_id: str
    terms: Terms
    lag: Lag
    connection_loss: float = 0.0


@dataclass(kw_only=True)
class _Listener:
    fleet: Fleet
    server: asyncio.Server
    connection_loss: float = 0.0


class SecondServer:
    """Terminates TLS with OpenSSL and answers HTTP/1.1."""

    def __init__(self, certificate: "ServerCertificate", *, helper: "ASGIApp") -> None:
        """Serve nothing yet.

        Args:
            certificate: of all listeners.
            helper: application behind the paths for tests.
        """
        self._contexts = Contexts(certificate)
        self._helper = helper
        self._token = secrets.token_hex(8)
        self._listeners: dict[str, _Listener] = {}
        self._connections: set[asyncio.Task[None]] = set()

    def socket_name(self, listener_id: str) -> str:
        """Name of the abstract Unix socket of a listener."""
        return f"alb-mtls-{self._token}-second-{listener_id}"

    async def show(self, served: "Iterable[Served]") -> None:
        """Serve exactly these listeners; called again with the same ones, machines that lag go on to follow.

        Raises:
            OSError: a socket cannot be bound.
        """
        wanted = {each.listener_id: each for each in served}
        for gone in self._listeners.keys() - wanted.keys():
            self._listeners.pop(gone).server.close()
        for listener_id, each in wanted.items():
            listener = self._listeners.get(listener_id) or await self._open(each)
            listener.fleet.follow(each.terms, each.lag)
            listener.connection_loss = each.connection_loss
        self._contexts.keep_only({terms for listener in self._listeners.values() for terms in listener.fleet.in_use()})

    async def stop(self) -> None:
        """Close everything and cut what stands."""
        await self.show(())
        for task in list(self._connections):
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def _open(self, served: Served) -> _Listener:
        async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            if task is not None:
                self._connections.add(task)
                task.add_done_callback(self._connections.discard)
            try:
                with contextlib.suppress(OSError, TlsEndedError):
                    await self._serve(self._listeners[served.listener_id], reader, writer)
            finally:
                writer.close()

        server = await asyncio.start_unix_server(accept, f"\0{self.socket_name(served.listener_id)}", backlog=_BACKLOG)
        fleet = Fleet(served.terms, clock=time.monotonic)
        self._listeners[served.listener_id] = listener = _Listener(fleet=fleet, server=server)
        return listener

    async def _serve(self, listener: _Listener, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if random.random() < listener.connection_loss:  # noqa: S311  # loses connections, guards nothing
            return
        terms = listener.fleet.pick()
        handshake = Handshake(self._contexts, terms)
        stream = TlsStream(handshake.tls, reader, writer)
        async with asyncio.timeout(terms.config.idle_seconds):
            await stream.handshake()
        await converse(stream, handshake, terms, helper=self._helper)
        await stream.close()
