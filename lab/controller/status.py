"""Status of AlbConfigs and Ingresses as the controller writes it. Pure."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lab.cloud import Listener, LoadBalancer


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


def load_balancer_id(albconfig: "Mapping[str, Any]") -> str:
    """Return the id of the load balancer that an AlbConfig has, or an empty text."""
    status = albconfig.get("status") or {}
    return str((status.get("loadBalancer") or {}).get("id") or "")


def has_hostname(ingress: "Mapping[str, Any]", hostname: str) -> bool:
    """Return whether the address of an Ingress is this one."""
    status = ingress.get("status") or {}
    addresses = (status.get("loadBalancer") or {}).get("ingress") or []
    return [each.get("hostname") for each in addresses] == [hostname]
