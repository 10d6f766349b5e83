"""What a listener shares its load balancer with: other hosts, and other listeners whose TLS sessions may open it."""

from collections.abc import Sequence
from typing import Any

from alb_mtls.cluster.listener import listeners_of
from alb_mtls.cluster.listener_key import ListenerKey
from alb_mtls.handshake.baseline import Surroundings
from alb_mtls.handshake.target import Target, targets_of
from alb_mtls.listeners.reached import Reached
from alb_mtls.resources import ProofSettings

# Sessions are opened at each of them in every round.
_MOST_LISTENERS = 5


def surroundings_of(
    settings: ProofSettings,
    listener: ListenerKey,
    reached: Reached,
    *,
    hosts: Sequence[str],
    albconfig: dict[str, Any] | None,
) -> Surroundings:
    """Return what a listener shares its load balancer with.

    Args:
        settings: of its proof.
        listener: that is proven.
        reached: where.
        hosts: of the listener.
        albconfig: that has the listener; None where it is not known.

    Raises:
        HandshakeError: as of `targets_of`.
    """
    host = settings.host or reached.host or ""
    not_tried = []
    if not any(other != host and "*" not in other for other in hosts):
        not_tried.append("another host of the listener: none is known")
    ports = [] if albconfig is None else _other_https_ports(albconfig, listener)
    places: list[Target] = []
    if ports and (settings.connect_to or reached.connect_to):
        not_tried.append(f"sessions of other listeners ({_text(ports)}): connectTo reaches this one only")
    elif reached.address:
        for port in ports[:_MOST_LISTENERS]:
            places += targets_of(
                [reached.address], port=port, host=host, path=settings.path, server_ca=settings.server_ca
            )
        if ports[_MOST_LISTENERS:]:
            not_tried.append(f"sessions of other listeners ({_text(ports[_MOST_LISTENERS:])}): there are too many")
    return Surroundings(hosts=tuple(hosts), elsewhere=tuple(places), not_tried=tuple(not_tried))


def _other_https_ports(albconfig: dict[str, Any], listener: ListenerKey) -> list[int]:
    ports = [
        element.get("port")
        for _, element in listeners_of(albconfig)
        if element.get("protocol") == listener.protocol and element.get("port") != listener.port
    ]
    return [port for port in ports if isinstance(port, int)]


def _text(ports: Sequence[int]) -> str:
    return ", ".join(f"{port}/HTTPS" for port in ports)
