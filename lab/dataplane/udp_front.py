"""UDP front of a QUIC listener: keeps each client with the Caddy instance that it began with."""

import asyncio
import contextlib
import socket
from dataclasses import dataclass

from lab.ports import LOOPBACK

_DATAGRAM = 65535
# QUIC itself gives a silent connection up after 30 s (Caddy: idle timeout of HTTP/3).
_IDLE_SECONDS = 60.0

Address = tuple[str, int]


@dataclass(kw_only=True)
class _Flow:
    """Datagrams of one client address."""

    inner: socket.socket
    inner_port: int
    used: float


class UdpFront(asyncio.DatagramProtocol):
    """Listens on one port."""

    def __init__(self, *, port: int, inner: int) -> None:
        """Prepare a front.

        Args:
            port: on loopback.
            inner: UDP port on loopback to pass new clients to; see `turn_to`.
        """
        self._port = port
        self._inner = inner
        self._flows: dict[Address, _Flow] = {}
        self._transport: asyncio.DatagramTransport | None = None
        self._sweeper: asyncio.TimerHandle | None = None
        self._loop = asyncio.get_running_loop()

    async def open(self) -> None:
        """Take datagrams.

        Raises:
            OSError: the port cannot be bound.
        """
        self._transport, _ = await self._loop.create_datagram_endpoint(lambda: self, local_addr=(LOOPBACK, self._port))
        self._sweep()

    def turn_to(self, inner: int) -> None:
        """Pass clients that come from now on to another port."""
        self._inner = inner

    def has_connections(self) -> bool:
        """Return whether a client is kept; none is once it is closed."""
        return bool(self._flows)

    def passes_to(self, inner: str | int) -> bool:
        """Return whether a client is kept with this port."""
        return any(flow.inner_port == inner for flow in self._flows.values())

    def close(self) -> None:
        """Take no more datagrams and forget all clients."""
        if self._sweeper is not None:
            self._sweeper.cancel()
        if self._transport is not None:
            self._transport.close()
        for client in list(self._flows):
            self._forget(client)

    async def stop(self) -> None:
        """Close: no client is waited for."""
        self.close()

    def datagram_received(self, data: bytes, addr: Address) -> None:
        """Pass a client's datagram to its instance."""
        flow = self._flows.get(addr) or self._begin(addr)
        flow.used = self._loop.time()
        try:
            flow.inner.send(data)
        except ConnectionRefusedError:
            # The instance has gone on without this connection; the client's next try begins a new one.
            self._forget(addr)
        except OSError:
            return

    def _begin(self, client: Address) -> _Flow:
        inner = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        inner.setblocking(False)
        inner.connect((LOOPBACK, self._inner))
        flow = self._flows[client] = _Flow(inner=inner, inner_port=self._inner, used=self._loop.time())
        self._loop.add_reader(inner, self._answered, client, flow)
        return flow

    def _answered(self, client: Address, flow: _Flow) -> None:
        try:
            data = flow.inner.recv(_DATAGRAM)
        except ConnectionRefusedError:
            self._forget(client)
        except OSError:
            return
        else:
            flow.used = self._loop.time()
            if self._transport is not None:
                self._transport.sendto(data, client)

    def _forget(self, client: Address) -> None:
        flow = self._flows.pop(client, None)
        if flow is not None:
            self._loop.remove_reader(flow.inner)
            with contextlib.suppress(OSError):
                flow.inner.close()

    def _sweep(self) -> None:
        now = self._loop.time()
        for client, flow in list(self._flows.items()):
            if now - flow.used > _IDLE_SECONDS:
                self._forget(client)
        self._sweeper = self._loop.call_later(_IDLE_SECONDS, self._sweep)
