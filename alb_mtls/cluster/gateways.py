"""What HTTPRoutes of the Gateway API forward to, and which AlbConfigs belong to Gateways. Pure.

Routes are read by the specification of the Gateway API (gateway-api.sigs.k8s.io, v1). What the managed controller takes
of it: docs/facts/alibaba-cloud.md, Gateway API. No document gives a Gateway on an ALB a client CA, so every route over
one is a bypass.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from alb_mtls.cluster.findings import Finding, FindingCode
from alb_mtls.cluster.routes import Object, qualified
from alb_mtls.cluster.same_pods import listed

_GROUP = "gateway.networking.k8s.io"
_ALB_CONTROLLERS = ("gateways.alibabacloud.com/alb/", "gateways.alibabacloud.com/alb-extensible/")
_CARRIES_HTTP_ROUTES = ("HTTP", "HTTPS")
_ANY = "*"


@dataclass(frozen=True, kw_only=True)
class GatewayApi:
    """All objects of the cluster that the Gateway API has; none where it is not installed."""

    classes: Sequence[Object] = ()
    gateways: Sequence[Object] = ()
    routes: Sequence[Object] = ()


def gateways_of_albconfig(name: str, api: GatewayApi) -> dict[str, list[str]]:
    """Return the GatewayClasses whose parameters an AlbConfig is, each with its Gateways as `namespace/name`."""
    wanted = {"group": "alibabacloud.com", "kind": "AlbConfig", "name": name}
    classes = [
        str(one["metadata"]["name"])
        for one in api.classes
        if {key: _member(_member(one, "spec"), "parametersRef").get(key) for key in wanted} == wanted
    ]
    return {
        found: sorted(qualified(one) for one in api.gateways if _member(one, "spec").get("gatewayClassName") == found)
        for found in sorted(classes)
    }


def gateway_routes(api: GatewayApi, behind: Mapping[str, str]) -> Iterator[Finding]:
    """Yield the HTTPRoutes that reach a Service over a Gateway.

    Args:
        api: of the cluster.
        behind: the Services that count, as `with_same_pods` returns them.
    """
    for route in api.routes:
        reached = behind.keys() & _services(route)
        if not reached:
            continue
        for gateway in api.gateways:
            hosts = _hosts(route, gateway)
            if hosts:
                yield _finding(route, gateway, api, hosts, listed(reached, behind))


def _finding(route: Object, gateway: Object, api: GatewayApi, hosts: set[str], services: str) -> Finding:
    name = str(_member(gateway, "spec").get("gatewayClassName"))
    found = next((one for one in api.classes if one["metadata"]["name"] == name), {})
    controller = str(_member(found, "spec").get("controllerName") or "not in the cluster")
    shown = ", ".join("every host" if one == _ANY else one for one in sorted(hosts))
    evidence = f"Gateway {qualified(gateway)} of GatewayClass {name}"
    if controller.startswith(_ALB_CONTROLLERS):
        where = "on an ALB, and no document says how a Gateway requests client certificates"
        remedy = (
            "remove the HTTPRoute, and route its hosts by an Ingress on a listener that requests client certificates"
        )
    else:
        where = f"controller {controller}"
        remedy = "remove the HTTPRoute, or make the controller of its Gateway request client certificates too"
    return Finding(
        code=FindingCode.GATEWAY_ROUTE,
        subject=f"HTTPRoute {qualified(route)}",
        evidence=f"{evidence} ({where}) forwards requests for {shown} to Service {services}",
        remedy=remedy,
    )


def _hosts(route: Object, gateway: Object) -> set[str]:
    """Return the hosts that a Gateway serves for a route; none when the route does not belong to it.

    Whether a Gateway has accepted a route stands in a status that its controller writes; what could be accepted counts.
    """
    found: set[str] = set()
    for parent in _objects(_member(route, "spec").get("parentRefs")):
        if not _is_gateway(parent, route, gateway):
            continue
        for listener in _objects(_member(gateway, "spec").get("listeners")):
            if _is_meant(parent, listener) and _allows(listener, route, gateway):
                found |= _common_hosts(listener, route)
    return found


def _is_gateway(parent: Object, route: Object, gateway: Object) -> bool:
    if (parent.get("group", _GROUP), parent.get("kind", "Gateway")) != (_GROUP, "Gateway"):
        return False
    return f"{parent.get('namespace') or _namespace(route)}/{parent.get('name')}" == qualified(gateway)


def _is_meant(parent: Object, listener: Object) -> bool:
    section, port = parent.get("sectionName"), parent.get("port")
    return (not section or section == listener.get("name")) and (not port or port == listener.get("port"))


def _allows(listener: Object, route: Object, gateway: Object) -> bool:
    """Say whether a listener may take a route; a selector of namespaces may select any, since labels are not read."""
    if listener.get("protocol") not in _CARRIES_HTTP_ROUTES:
        return False
    allowed = _member(listener, "allowedRoutes")
    kinds = _objects(allowed.get("kinds"))
    if kinds and "HTTPRoute" not in [one.get("kind") for one in kinds]:
        return False
    origin = _member(allowed, "namespaces").get("from") or "Same"
    return origin in ("All", "Selector") or (origin == "Same" and _namespace(route) == _namespace(gateway))


def _common_hosts(listener: Object, route: Object) -> set[str]:
    """Return the hosts of a route that a listener takes: where one of the two names none, those of the other."""
    at_listener = str(listener.get("hostname") or _ANY)
    hostnames = _member(route, "spec").get("hostnames")
    named = [str(one) for one in hostnames] if isinstance(hostnames, list) else []
    both = (_narrower(at_listener, host) for host in named or [_ANY])
    return {host for host in both if host is not None}


def _narrower(one: str, other: str) -> str | None:
    """Return what two host names have in common; None when that is nothing. `*.` stands for one label or more."""
    for wide, narrow in ((one, other), (other, one)):
        if wide in {_ANY, narrow} or (wide.startswith("*.") and narrow.endswith(wide[1:])):
            return narrow
    return None


def _services(route: Object) -> set[str]:
    """Return the Services that get requests of a route, mirrored ones too.

    A reference into another namespace works only where a ReferenceGrant allows it; these are not read, so it counts.
    """
    return {
        f"{backend.get('namespace') or _namespace(route)}/{backend.get('name')}"
        for rule in _objects(_member(route, "spec").get("rules"))
        for backend in _backends(rule)
        if (backend.get("group") or "", backend.get("kind") or "Service") == ("", "Service")
    }


def _backends(rule: Object) -> Iterator[Object]:
    filters = _objects(rule.get("filters"))
    redirected = any(one.get("type") == "RequestRedirect" for one in filters)
    for backend in _objects(rule.get("backendRefs")):
        # A weight of 0 sends nothing there.
        if not redirected and backend.get("weight") != 0:
            yield backend
            filters += _objects(backend.get("filters"))
    for one in filters:
        if mirrored := _member(_member(one, "requestMirror"), "backendRef"):
            yield mirrored


def _namespace(item: Object) -> str:
    return str(item["metadata"].get("namespace", "default"))


def _member(value: Object, name: str) -> Object:
    found = value.get(name)
    return found if isinstance(found, dict) else {}


def _objects(value: Any) -> list[Object]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
