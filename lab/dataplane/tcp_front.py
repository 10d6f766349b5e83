"""TCP front of a listener: takes connections on its port and passes their bytes to the Caddy instance in use.

Caddy cannot change a listener's TLS settings without restarting its HTTP servers, and a connection whose first
request has not been read by then is closed without an answer (measured: 90 of 38,000 under 60 reloads). Behind a
front a change goes to the other, idle instance, and the front turns new connections over to it.
"""

import asyncio
import contextlib
from typing import TYPE_CHECKING

from lab.ports import LOOPBACK

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from typing import Any

_BACKLOG = 1024
_CHUNK = 65536
# Time for a client to take the last bytes, an alert among them, before the connection goes.
_LINGER_SECONDS = 1.0


class TcpFront:
    """Listens on one port."""

    def __init__(self, *, port: int, inner: str) -> None:
        """Prepare a front.

        Args:
            port: on loopback.
            inner: abstract Unix socket to pass connections to; see `turn_to`.
        """
        self._port = port
        self._inner = inner
        self._server: asyncio.Server | None = None
        self._connections: dict[asyncio.Task[None], str] = {}

    async def open(self) -> None:
        """Take connections.

        Raises:
            OSError: the port cannot be bound.
        """
        self._server = await asyncio.start_server(self._accept, LOOPBACK, self._port, backlog=_BACKLOG)

    def turn_to(self, inner: str) -> None:
        """Pass connections that come from now on to another socket; open ones stay where they are."""
        self._inner = inner

    def has_connections(self) -> bool:
        """Return whether a connection is open."""
        return bool(self._connections)

    def passes_to(self, inner: str | int) -> bool:
        """Return whether a connection to this socket is open."""
        return inner in self._connections.values()

    def close(self) -> None:
        """Take no new connections; open ones go on until one side ends them."""
        if self._server is not None:
            self._server.close()

    async def stop(self) -> None:
        """Take no new connections and cut the open ones."""
        self.close()
        for task in list(self._connections):
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._connections[task] = self._inner
            task.add_done_callback(self._connections.pop)
        try:
            with contextlib.suppress(OSError):
                await self._connect(reader, writer)
        finally:
            writer.transport.abort()

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner_reader, inner_writer = await asyncio.open_unix_connection(f"\0{self._inner}")
        upwards = asyncio.create_task(_pass_on(reader, inner_writer))
        downwards = asyncio.create_task(_pass_on(inner_reader, writer))
        try:
            # Only Caddy's end ends the connection: a client that is done with sending still waits for its answer.
            await downwards
            await _finish(upwards, _LINGER_SECONDS)
        finally:
            upwards.cancel()
            downwards.cancel()
            inner_writer.transport.abort()
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(_CHUNK):
            writer.write(data)
            await writer.drain()
    with contextlib.suppress(OSError, RuntimeError):
        writer.write_eof()


async def _finish(task: "asyncio.Task[None]", seconds: float) -> None:
    waiting: Coroutine[Any, Any, None] = asyncio.wait_for(asyncio.shield(task), seconds)
    with contextlib.suppress(TimeoutError):
        await waiting
