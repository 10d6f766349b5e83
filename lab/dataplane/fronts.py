"""The fronts of all listeners, kept in line with what the Caddy instance in use serves."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lab.dataplane.tcp_front import TcpFront
from lab.dataplane.udp_front import UdpFront

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

Front = TcpFront | UdpFront


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
        self._fronts: dict[tuple[type[Front], int], Front] = {}
        self._closing: list[Front] = []

    async def show(self, openings: "Collection[Opening]") -> None:
        """Have exactly these fronts.

        Raises:
            OSError: a port cannot be bound; the other fronts are as given.
        """
        self._closing = [front for front in self._closing if front.has_connections()]
        shown: dict[tuple[type[Front], int], Any] = {
            (TcpFront if isinstance(each.inner, str) else UdpFront, each.port): each.inner for each in openings
        }
        for place in self._fronts.keys() - shown.keys():
            closing = self._fronts.pop(place)
            closing.close()
            self._closing.append(closing)
        failure: OSError | None = None
        for place, inner in shown.items():
            if place in self._fronts:
                self._fronts[place].turn_to(inner)
                continue
            kind, port = place
            front = kind(port=port, inner=inner)
            try:
                await front.open()
            except OSError as error:
                failure = error
            else:
                self._fronts[place] = front
        if failure is not None:
            raise failure

    def pass_to(self, openings: "Iterable[Opening]") -> bool:
        """Return whether a connection to one of these openings is left."""
        fronts = (*self._fronts.values(), *self._closing)
        return any(front.passes_to(each.inner) for each in openings for front in fronts)

    async def stop(self) -> None:
        """Close everything and cut what stands."""
        for front in (*self._fronts.values(), *self._closing):
            await front.stop()
        self._fronts.clear()
        self._closing.clear()
