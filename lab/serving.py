"""HTTP servers of the lab: uvicorn on loopback, with a protocol that lets an application cut a connection.

ASGI has no message for "close without an answer", and that is what a lost reply looks like to a client. So
each request carries the connection it came on in `scope["extensions"]`.
"""

import asyncio
import contextlib
import socket
import sys
from typing import TYPE_CHECKING, Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from lab.ports import LOOPBACK
from lab.waiting import first_of

if TYPE_CHECKING:
    from collections.abc import Iterator, MutableMapping
    from pathlib import Path

    from starlette.types import ASGIApp, Receive, Scope, Send

_EXTENSION = "alb-mtls.connection"
_TCP_ESTABLISHED = 1
# uvicorn's 5 seconds would cut a client's pooled connection just when it writes its next call on it.
_KEEP_ALIVE_SECONDS = 120
# The RPC APIs carry certificates in the query; h11 stops at 16 KiB, where the service should decide.
_HEAD_BYTES = 256 * 1024


class Connection:
    """The connection that a request came on."""

    def __init__(self, transport: asyncio.Transport) -> None:
        """Take over an open transport; its protocol sets `lost` when the connection is gone."""
        self.lost = asyncio.Event()
        self._transport = transport

    def is_lost(self) -> bool:
        """Return whether the client has closed the connection, also before the event loop notices."""
        return self.lost.is_set() or self._transport.is_closing() or not self._is_established()

    async def drop(self) -> None:
        """Close the connection at once; bytes that were not sent yet are never sent."""
        self._transport.abort()
        await self.lost.wait()

    async def flushed(self) -> None:
        """Return when everything written so far was handed to the kernel, or when the connection is gone."""
        while self._transport.get_write_buffer_size() and not self.is_lost():  # noqa: ASYNC110  # a transport has no event for it
            await asyncio.sleep(0.005)

    def _is_established(self) -> bool:
        # The kernel knows a killed client's FIN before the event loop reads it: a call released in between,
        # by the very test that did the killing, would otherwise still be sent on.
        if sys.platform != "linux":
            return True
        sock: socket.socket = self._transport.get_extra_info("socket")
        if sock.fileno() < 0:
            return False
        return sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] == _TCP_ESTABLISHED


def connection_of(scope: "MutableMapping[str, Any]") -> Connection:
    """Return the connection that a request came on.

    Raises:
        LookupError: the application runs on another server than `serve`.
    """
    connection = scope.get("extensions", {}).get(_EXTENSION)
    if not isinstance(connection, Connection):
        message = "the request carries no connection: start the application with lab.serving.serve"
        raise LookupError(message)  # noqa: TRY004  # what is missing is the server, not a type
    return connection


class _Protocol(H11Protocol):
    """HTTP/1.1 that shows its connection to the application."""

    connection: Connection | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        super().connection_made(transport)
        self.connection = connection = Connection(transport)
        application: Any = self.app

        async def connected(scope: "Scope", receive: "Receive", send: "Send") -> None:
            scope["extensions"] = {**scope.get("extensions", {}), _EXTENSION: connection}
            await application(scope, receive, send)

        self.app = connected

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        if self.connection is not None:
            self.connection.lost.set()


class _Uvicorn(uvicorn.Server):
    """One server among several of a process: leaves the signals alone, ends without waiting for clients."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()
        self.stopping = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> "Iterator[None]":
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()

    async def main_loop(self) -> None:
        # uvicorn's own looks ten times a second whether it should end: with all its servers a lab that does nothing
        # would be awake all the time. What is left to do is the date in the replies: once a second, and then only.
        while not await self.on_tick(0):
            await first_of(self.stopping.wait(), seconds=1.0)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for connection in list(self.server_state.connections):
            # A watch, or a call held back by a fault, would keep the lab from ending.
            connection.transport.abort()
        await super().shutdown(sockets)


class Server:
    """A server that runs as a task of the current event loop."""

    def __init__(self, uvicorn_server: _Uvicorn, task: "asyncio.Task[None]", port: int) -> None:
        """Use `serve` instead."""
        self._uvicorn = uvicorn_server
        self._task = task
        self.port = port

    @property
    def address(self) -> str:
        """`host:port`."""
        return f"{LOOPBACK}:{self.port}"

    async def stop(self) -> None:
        """Close the port and every connection; harmless when called twice."""
        self._uvicorn.should_exit = True
        self._uvicorn.stopping.set()
        await self._task


async def serve(app: "ASGIApp", *, port: int, tls: "tuple[Path, Path] | None" = None) -> Server:
    """Serve an application on loopback and return when it takes connections.

    Args:
        app: the application; its lifespan runs with the server.
        port: TCP port, 0 for a free one (see `Server.port`).
        tls: certificate chain and key files in PEM, or None for plain HTTP.

    Raises:
        OSError: the port cannot be bound.
    """
    listening = socket.create_server((LOOPBACK, port))
    # asyncio sets it only on sockets that name their protocol, and uvicorn writes head and body apart: the body of
    # each reply on a kept connection would wait 40 ms for the client's delayed acknowledgement.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    certificate, key = tls or (None, None)
    server = _Uvicorn(
        uvicorn.Config(
            app,
            http=_Protocol,
            ws="none",
            access_log=False,
            log_config=None,
            log_level="warning",
            server_header=False,
            timeout_keep_alive=_KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=2,
            h11_max_incomplete_event_size=_HEAD_BYTES,
            ssl_certfile=certificate,
            ssl_keyfile=key,
        )
    )
    task = asyncio.create_task(server.serve([listening]), name=f"serve {LOOPBACK}:{port}")
    await first_of(task, server.ready.wait())
    if task.done():
        listening.close()
        task.result()
        message = f"the server on {LOOPBACK}:{port} ended before it was ready"
        raise OSError(message)
    return Server(server, task, listening.getsockname()[1])
