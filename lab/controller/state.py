"""What the controller knows of the cluster, and the status that it writes. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lab.cloud import Listener, LoadBalancer

Object = Mapping[str, Any]
ObjectKey = tuple[str, str]


def key_of(obj: Object) -> ObjectKey:
    """Return namespace (empty for cluster-scoped objects) and name."""
    metadata = obj["metadata"]
    return metadata.get("namespace", ""), metadata["name"]


def is_going(obj: Object) -> bool:
    """Return whether an object is being deleted."""
    return "deletionTimestamp" in obj["metadata"]


def is_same_request(before: Object | None, after: Object) -> bool:
    """Return whether two versions of an object describe the same; status and bookkeeping do not count."""
    return before is not None and _request(before) == _request(after)


def _request(obj: Object) -> tuple[Any, ...]:
    metadata = obj["metadata"]
    return metadata["uid"], obj.get("spec"), metadata.get("annotations"), is_going(obj)


@dataclass(kw_only=True)
class ClusterState:
    """The newest objects of each kind, by namespace and name."""

    albconfigs: dict[ObjectKey, Object] = field(default_factory=dict)
    ingress_classes: dict[ObjectKey, Object] = field(default_factory=dict)
    ingresses: dict[ObjectKey, Object] = field(default_factory=dict)
    services: dict[ObjectKey, Object] = field(default_factory=dict)


def albconfig_status(load_balancer: "LoadBalancer", listeners: "Iterable[Listener]") -> dict[str, Any]:
    """Return the status of an AlbConfig.

    It has nothing about CAs (docs/facts/alibaba-cloud.md, Where the truth is): it does not show whether a client
    certificate is requested.
    """
    return {
        "loadBalancer": {
            "dnsname": load_balancer.dns_name,
            "id": load_balancer.load_balancer_id,
            "listeners": [
                {"portAndProtocol": each.label, "certificates": _certificates(each)}
                for each in sorted(listeners, key=lambda listener: (listener.port, listener.protocol))
            ],
        }
    }


def _certificates(listener: "Listener") -> list[dict[str, Any]]:
    return [
        {"certificateId": identifier, "isDefault": place == 0}
        for place, identifier in enumerate(listener.certificate_ids)
    ]


def load_balancer_id(albconfig: Object) -> str:
    """Return the id of the load balancer that an AlbConfig has, or an empty text."""
    status = albconfig.get("status") or {}
    return str((status.get("loadBalancer") or {}).get("id") or "")


def has_hostname(ingress: Object, hostname: str) -> bool:
    """Return whether the address of an Ingress is this one."""
    status = ingress.get("status") or {}
    addresses = (status.get("loadBalancer") or {}).get("ingress") or []
    return [each.get("hostname") for each in addresses] == [hostname]
