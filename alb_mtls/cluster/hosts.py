"""What switching a listener means: whose hosts it concerns, which ways bypass it, who else writes it. Pure."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from alb_mtls.addresses import is_dns_name
from alb_mtls.cluster.bypass import bypasses
from alb_mtls.cluster.field_managers import other_field_managers
from alb_mtls.cluster.findings import Finding, FindingCode
from alb_mtls.cluster.listener_key import ListenerKey
from alb_mtls.cluster.routes import ANY_HOST, Object, albconfig_of, routes_on
from alb_mtls.listing import listing
from alb_mtls.natural_order import natural

__all__ = [
    "ANY_HOST",
    "Finding",
    "FindingCode",
    "ListenerHost",
    "bypasses",
    "host_of_proof",
    "hosts_on_listener",
    "other_field_managers",
    "unrouted",
]


@dataclass(frozen=True, kw_only=True, order=True)
class ListenerHost:
    """A host that clients reach over the listener; client authentication is per listener, so it concerns them all.

    Attributes:
        host: `*` when the rule names none.
        namespace: of the Ingress.
        ingress: its name.
        created: when the Ingress was, RFC 3339 in UTC; empty when that is not known.
        is_default_backend: no rule, but the defaultBackend of the Ingress, leads there.
    """

    host: str
    namespace: str
    ingress: str
    created: str = ""
    is_default_backend: bool = field(default=False, compare=False)

    @property
    def ingress_text(self) -> str:
        """The Ingress for people, `namespace/name`."""
        return f"{self.namespace}/{self.ingress}"

    def to_json(self) -> dict[str, str]:
        """Return it for scripts."""
        return {"host": self.host, "ingress": self.ingress_text}


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
            created=ingress["metadata"].get("creationTimestamp") or "",
            is_default_backend=route.is_default_backend,
        )
        for ingress in ingresses
        if albconfig_of(ingress, ingress_classes) == listener.alb_config
        # Its rules come first, and count more where both have no host.
        for route in routes_on(ingress, listener)
    }
    return sorted(found)


def host_of_proof(hosts: Iterable[ListenerHost], *, claimed: str | None) -> ListenerHost | None:
    """Return the host that a proof probes where `proof.host` names none; None where no request can be made for any.

    Whoever may create an Ingress on the listener must not choose it: an answer of their backend would take the place
    of that of the host that people mean. No request names a wildcard, or a pattern of a condition.

    Args:
        hosts: that share the listener.
        claimed: the host in the claim, which is kept as long as the listener has it; else that of the oldest Ingress.
    """
    servable = [one for one in hosts if is_dns_name(one.host)]
    kept = [one for one in servable if one.host == claimed]
    return min(kept or servable, key=_age, default=None)


def unrouted(label: str, host: str | None, hosts: Collection[ListenerHost] | None) -> str | None:
    """Return that no rule leads a host of the configuration anywhere, with the hosts that there are; None if one does.

    Args:
        label: of the listener.
        host: `proof.host`; None without one.
        hosts: that share the listener; None when they are not known.
    """
    if host is None or hosts is None or any(_covers(one.host, host.lower()) for one in hosts):
        return None
    names = listing(sorted({one.host for one in hosts}, key=natural)) or "none"
    return f"no Ingress on {label} has proof.host {host}; hosts on it: {names}"


def _covers(rule: str, host: str) -> bool:
    return rule in {ANY_HOST, host} or (rule.startswith("*.") and host.endswith(rule[1:]))


def _age(one: ListenerHost) -> tuple[bool, str, str, str]:
    return not one.created, one.created, one.ingress_text, one.host
