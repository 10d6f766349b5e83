"""What switching a listener means: whose hosts it concerns, what leads around it, who else writes it. Pure."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from components.cluster.findings import Finding, FindingCode
from components.cluster.listener import AlbConfig, name_of
from components.cluster.routes import Object, albconfig_of, routes_on
from components.cluster.ways_around import ways_around
from components.cluster.writers import other_writers

__all__ = [
    "AffectedHost",
    "Finding",
    "FindingCode",
    "hosts_on_listener",
    "other_writers",
    "servable_host",
    "ways_around",
]


@dataclass(frozen=True, kw_only=True, order=True)
class AffectedHost:
    """A host that clients reach over the listener; client authentication is per listener, so it concerns them all.

    Attributes:
        host: `*` when the rule names none.
        namespace: of the Ingress.
        ingress: its name.
    """

    host: str
    namespace: str
    ingress: str


def hosts_on_listener(
    albconfig: AlbConfig,
    *,
    port: int,
    protocol: str,
    ingresses: Collection[Object],
    ingress_classes: Collection[Object],
) -> list[AffectedHost]:
    """Return the hosts that share a listener, sorted.

    Args:
        albconfig: with the listener.
        port: of the listener.
        protocol: of the listener.
        ingresses: all of the cluster.
        ingress_classes: all of the cluster.
    """
    found = {
        AffectedHost(
            host=route.host,
            namespace=ingress["metadata"].get("namespace", "default"),
            ingress=ingress["metadata"]["name"],
        )
        for ingress in ingresses
        if albconfig_of(ingress, ingress_classes) == name_of(albconfig)
        for route in routes_on(ingress, port, protocol)
    }
    return sorted(found)


def servable_host(hosts: Iterable[AffectedHost]) -> str | None:
    """Return the first host that a request can be made for; no client asks for a wildcard by its name."""
    return next((one.host for one in hosts if "*" not in one.host), None)
