"""What is probed: an address, and the name in its requests."""

import socket
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from alb_mtls.addresses import join_host_port, split_host_port
from alb_mtls.handshake.errors import HandshakeError, Unreachable

ServerCa = Literal["system", "insecure"] | str  # noqa: PYI051 - the two words are not paths, and a reader should see them


@dataclass(frozen=True, kw_only=True)
class Target:
    """One address of a listener, and how it is probed.

    Attributes:
        address: IP address or host, with `:port` when that differs; what is connected to.
        port: taken when `address` has none.
        host: of the Ingress rule: the server name (SNI), and the Host header.
        path: of the request.
        server_ca: who may have signed the server's certificate: `system`, `insecure` (anybody), or a PEM file.
    """

    address: str
    port: int
    host: str
    path: str = "/"
    server_ca: ServerCa = "system"

    @property
    def endpoint(self) -> tuple[str, int]:
        """Host and port that are connected to.

        Raises:
            HandshakeError: the address is malformed.
        """
        return split_address(self.address, self.port)

    @property
    def label(self) -> str:
        """How messages name it: `host:port`."""
        return join_host_port(*self.endpoint)


def targets_of(places: Iterable[str], *, port: int, host: str, path: str, server_ca: ServerCa) -> list[Target]:
    """Return a target for every address of some hosts, each once and with the same request.

    Raises:
        HandshakeError: as of `addresses_of`.
    """
    addresses = dict.fromkeys(address for place in places for address in addresses_of(place, port))
    return [Target(address=address, port=port, host=host, path=path, server_ca=server_ca) for address in addresses]


def split_address(text: str, port: int) -> tuple[str, int]:
    """Return host and port of what `split_host_port` takes; `port` where none is given.

    Raises:
        HandshakeError: it is malformed.
    """
    found = split_host_port(text)
    if found is None:
        message = f"{text!r} is not an address to connect to; write host, host:port or [IPv6]:port"
        raise HandshakeError(message)
    return found[0], port if found[1] is None else found[1]


def known_addresses(name: str | None, port: int) -> tuple[str, ...]:
    """Return every address of an ALB by its DNS name, as `addresses_of` does; empty where that is not known here.

    Who reaches a listener through tunnels alone often cannot resolve the name, and need not.
    """
    try:
        return tuple(addresses_of(name, port)) if name else ()
    except HandshakeError:
        return ()


def addresses_of(host_or_hostport: str, port: int) -> list[str]:
    """Return every A and AAAA address of a host, as `IP:port` or `[IPv6]:port`, IPv4 first.

    Each zone of an ALB has an address of its own, and one that was left out of a proof is a bypass.

    Args:
        host_or_hostport: what is to be connected to: the ALB's DNS name, or `connectTo`.
        port: of the listener; taken when none is given.

    Raises:
        HandshakeError: it is malformed.
        Unreachable: it has no address.
    """
    host, number = split_address(host_or_hostport, port)
    try:
        found = socket.getaddrinfo(host, number, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no host name"
        message = (
            f"{host} has no address ({reason}); wait for its DNS record, look at "
            "`kubectl get ingress`, or set connectTo on the listener"
        )
        raise Unreachable(message) from None
    families = sorted({(family != socket.AF_INET, str(address[0])) for family, _, _, _, address in found})
    return [join_host_port(address, number) for _, address in families]
