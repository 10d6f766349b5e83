"""Plans one AlbConfig: which load balancer, which forwarding rules, which mistakes. Pure."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lab.controller.go_json import Decoder
from lab.controller.ingress import albconfig_of, bindings, services_of
from lab.controller.model import BuildError, DesiredLoadBalancer, build
from lab.controller.state import is_going, key_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lab.controller.ingress import Binding
    from lab.controller.state import ClusterState, Object
    from lab.dataplane import Route


@dataclass(kw_only=True)
class Plan:
    """What one AlbConfig and its Ingresses describe."""

    desired: DesiredLoadBalancer
    routes: "dict[str, tuple[Route, ...]]" = field(default_factory=dict)
    ingresses: "list[Object]" = field(default_factory=list)
    mistakes: "list[tuple[Object, str]]" = field(default_factory=list)


def plan(albconfig: "Object", state: "ClusterState", *, case_sensitive: bool) -> Plan:
    """Plan an AlbConfig.

    Raises:
        BuildError: the AlbConfig itself cannot be read.
    """
    name = albconfig["metadata"]["name"]
    spec = albconfig.get("spec") or {}
    result = Plan(desired=build(name, spec, decoder=Decoder(case_sensitive=case_sensitive)))
    listeners = {each.key for each in result.desired.listeners}
    rules: dict[str, list[Route]] = {}
    for ingress in _ingresses(name, state):
        result.ingresses.append(ingress)
        try:
            bound = _bound(ingress, name, listeners, state)
        except BuildError as error:
            result.mistakes.append((ingress, str(error)))
            continue
        for binding in bound:
            rules.setdefault(binding.key, []).extend(binding.routes)
    for key in listeners:
        own = rules.get(key, [])
        # A QUIC listener forwards what the HTTPS listener on its port forwards (docs/facts/alibaba-cloud.md, QUIC).
        shared = rules.get(key.replace("/QUIC", "/HTTPS"), []) if key.endswith("/QUIC") else []
        result.routes[key] = tuple(dict.fromkeys([*own, *shared]))
    return result


def _ingresses(albconfig: str, state: "ClusterState") -> "Iterator[Object]":
    classes = {name for (_, name), each in state.ingress_classes.items() if albconfig_of(each) == albconfig}
    for ingress in state.ingresses.values():
        if (ingress.get("spec") or {}).get("ingressClassName") in classes and not is_going(ingress):
            yield ingress


def _bound(ingress: "Object", albconfig: str, listeners: "set[str]", state: "ClusterState") -> "list[Binding]":
    namespace, _ = key_of(ingress)
    for service in services_of(ingress):
        if (namespace, service) not in state.services:
            message = f'services "{service}" not found'
            raise BuildError(message)
    bound = bindings(ingress)
    for binding in bound:
        if binding.key not in listeners:
            port, protocol = binding.key.split("/")
            message = f"listener is not exist in {albconfig}, port: {port}, protocol: {protocol}"
            raise BuildError(message)
    return bound
