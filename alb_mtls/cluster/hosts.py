"""What switching a listener means: whose hosts it concerns, which ways bypass it, who else writes it. Pure."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from alb_mtls.cluster.bypass import bypasses
from alb_mtls.cluster.field_managers import other_field_managers
from alb_mtls.cluster.findings import Finding, FindingCode
from alb_mtls.cluster.listener_key import ListenerKey
from alb_mtls.cluster.routes import Object, albconfig_of, routes_on

__all__ = [
    "Finding",
    "FindingCode",
    "ListenerHost",
    "bypasses",
    "hosts_on_listener",
    "other_field_managers",
    "servable_host",
]


@dataclass(frozen=True, kw_only=True, order=True)
class ListenerHost:
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
    listener: ListenerKey,
    *,
    ingresses: Collection[Object],
    ingress_classes: Collection[Object],
) -> list[ListenerHost]:
    """Return the hosts that share a listener, sorted."""
    found = {
        ListenerHost(
            host=route.host,
            namespace=ingress["metadata"].get("namespace", "default"),
            ingress=ingress["metadata"]["name"],
        )
        for ingress in ingresses
        if albconfig_of(ingress, ingress_classes) == listener.alb_config
        for route in routes_on(ingress, listener)
    }
    return sorted(found)


def servable_host(hosts: Iterable[ListenerHost]) -> str | None:
    """Return the first host that a request can be made for; no request names a wildcard."""
    return next((one.host for one in hosts if "*" not in one.host), None)
