"""The fronts of all listeners, kept in line with what the Caddy instance in use serves."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lab.dataplane.tcp_front import TcpFront
from lab.dataplane.udp_front import UdpFront

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable


@dataclass(frozen=True, kw_only=True)
class Opening:
    """Where a listener is reached, and what stands behind it.

    Attributes:
        port: on loopback.
        inner: abstract Unix socket (TCP) or UDP port (QUIC) of the Caddy instance in use.
    """

    port: int
    inner: str | int


class Fronts:
    """Opens, turns and closes fronts."""

    def __init__(self) -> None:
        """Start with none."""
        self._tcp: dict[int, TcpFront] = {}
        self._udp: dict[int, UdpFront] = {}
        self._closing: list[TcpFront] = []

    async def show(self, openings: "Collection[Opening]") -> None:
        """Have exactly these fronts.

        Raises:
            OSError: a port cannot be bound; the other fronts are as given.
        """
        self._closing = [front for front in self._closing if front.has_connections()]
        tcp = {each.port: each.inner for each in openings if isinstance(each.inner, str)}
        udp = {each.port: each.inner for each in openings if isinstance(each.inner, int)}
        for port in self._tcp.keys() - tcp.keys():
            closing = self._tcp.pop(port)
            closing.close()
            self._closing.append(closing)
        for port in self._udp.keys() - udp.keys():
            self._udp.pop(port).close()
        failure: OSError | None = None
        for port, socket_name in tcp.items():
            if port in self._tcp:
                self._tcp[port].turn_to(socket_name)
            else:
                failure = await self._open_tcp(port, socket_name) or failure
        for port, inner_port in udp.items():
            if port in self._udp:
                self._udp[port].turn_to(inner_port)
            else:
                failure = await self._open_udp(port, inner_port) or failure
        if failure is not None:
            raise failure

    def pass_to(self, openings: "Iterable[Opening]") -> bool:
        """Return whether a connection to one of these openings is left."""
        fronts: tuple[TcpFront | UdpFront, ...] = (*self._tcp.values(), *self._udp.values(), *self._closing)
        return any(front.passes_to(each.inner) for each in openings for front in fronts)

    async def stop(self) -> None:
        """Close everything and cut what stands."""
        for udp in self._udp.values():
            udp.close()
        for tcp in (*self._tcp.values(), *self._closing):
            await tcp.stop()
        self._udp.clear()
        self._tcp.clear()
        self._closing.clear()

    async def _open_tcp(self, port: int, socket_name: str) -> OSError | None:
        front = TcpFront(port=port, socket_name=socket_name)
        try:
            await front.open()
        except OSError as error:
            return error
        self._tcp[port] = front
        return None

    async def _open_udp(self, port: int, inner_port: int) -> OSError | None:
        front = UdpFront(port=port, inner_port=inner_port)
        try:
            await front.open()
        except OSError as error:
            return error
        self._udp[port] = front
        return None
