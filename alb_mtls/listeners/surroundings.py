"""What a listener shares its load balancer with: other hosts, and other listeners whose TLS sessions may open it."""

from collections.abc import Callable, Collection, Sequence
from typing import Any

from alb_mtls.addresses import is_dns_name
from alb_mtls.aliyun.alb_models import STOPPED, ListenerSummary
from alb_mtls.cluster.listener import listeners_of, port_text
from alb_mtls.cluster.listener_key import ListenerKey
from alb_mtls.handshake.baseline import Surroundings
from alb_mtls.handshake.target import Target, targets_of
from alb_mtls.listener_resources import ProofSettings
from alb_mtls.listeners.reached import Reached

# Sessions are opened at each of them in every round.
_MOST_LISTENERS = 5


def surroundings_of(
    settings: ProofSettings,
    listener: ListenerKey,
    reached: Reached,
    *,
    hosts: Sequence[str],
    albconfig: dict[str, Any] | None,
    on_alb: Callable[[], Collection[ListenerSummary]],
) -> Surroundings:
    """Return what a listener shares its load balancer with.

    Args:
        settings: of its proof.
        listener: that is proven.
        reached: where.
        hosts: of the listener.
        albconfig: that has the listener; None where it is not known.
        on_alb: returns every listener of the load balancer, whoever manages it; none where the ALB API does not say.
            Not called where a tunnel reaches only one of them.

    Raises:
        HandshakeError: as of `targets_of`.
    """
    host = settings.host or reached.host or ""
    not_tried = []
    if not any(other != host and is_dns_name(other) for other in hosts):
        not_tried.append("another host of the listener: none is known")
    places: list[Target] = []
    if settings.connect_to or reached.connect_to:
        there = _in_albconfig(albconfig, listener)
        if there:
            not_tried.append(f"sessions of other listeners ({_text(there)}): connectTo reaches this one only")
    elif reached.address:
        found = on_alb()
        if not found:
            not_tried.append("sessions of other listeners: the ALB API does not show which listeners there are")
        ports = _on_alb(found, listener)
        for port in ports[:_MOST_LISTENERS]:
            places += targets_of(
                [reached.address], port=int(port), host=host, path=settings.path, server_ca=settings.server_ca
            )
        if ports[_MOST_LISTENERS:]:
            not_tried.append(f"sessions of other listeners ({_text(ports[_MOST_LISTENERS:])}): there are too many")
    return Surroundings(hosts=tuple(hosts), elsewhere=tuple(places), not_tried=tuple(not_tried))


def _in_albconfig(albconfig: dict[str, Any] | None, listener: ListenerKey) -> list[str]:
    elements = [] if albconfig is None else [element for _, element in listeners_of(albconfig)]
    ports = [port_text(element.get("port")) for element in elements if element.get("protocol") == listener.protocol]
    return [port for port in ports if port != str(listener.port)]


def _on_alb(found: Collection[ListenerSummary], listener: ListenerKey) -> list[str]:
    others = (one for one in found if one.protocol == listener.protocol and one.port != listener.port)
    return [str(one.port) for one in others if one.status != STOPPED]


def _text(ports: Sequence[str]) -> str:
    return ", ".join(f"{port}/HTTPS" for port in ports)
