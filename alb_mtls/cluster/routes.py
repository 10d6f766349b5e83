"""Which listener an Ingress puts its rules on, and what they forward to. Pure.

Read from the open-source controller (alibaba-load-balancer-controller, store.IsValid, ComputeIngressListenPorts,
buildListenerRules). That the managed controller does the same is an assumption, marked so where it matters.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from alb_mtls.cluster.listener_key import ListenerKey

ALB_CONTROLLER = "ingress.k8s.alibabacloud/alb"

_ALB = "alb.ingress.kubernetes.io/"
_CLASS_ANNOTATION = "kubernetes.io/ingress.class"
_DEFAULT_CLASS_ANNOTATION = "ingressclass.kubernetes.io/is-default-class"
ANY_HOST = "*"
"""Stands for the host of a rule that names none."""
_PROTOCOLS = frozenset({"HTTP", "HTTPS", "QUIC"})

Object = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Route:
    """What one path of an Ingress does on a listener.

    Attributes:
        host: `*` when the rule names none.
        services: that it forwards to, of the Ingress' own namespace; none when it redirects or answers by itself.
        server_groups: of the ALB, that it forwards to by their ids.
        is_default_backend: no rule, but the defaultBackend of the Ingress, leads there.
    """

    host: str
    services: frozenset[str]
    server_groups: frozenset[str] = frozenset()
    is_default_backend: bool = False


def qualified(item: Object) -> str:
    """Return `namespace/name`."""
    metadata = item["metadata"]
    return f"{metadata.get('namespace', 'default')}/{metadata['name']}"


def class_name(ingress: Object, classes: Iterable[Object]) -> str | None:
    """Return the IngressClass of an Ingress by its spec, the older annotation, or the cluster's default class.

    The default is an assumption on the safe side: kube-apiserver writes it into the spec of a new Ingress, and the
    open-source controller ignores an Ingress that has none.
    """
    named = ingress.get("spec", {}).get("ingressClassName") or _annotations(ingress).get(_CLASS_ANNOTATION)
    if named:
        return str(named)
    defaults = (item for item in classes if _annotations(item).get(_DEFAULT_CLASS_ANNOTATION) == "true")
    return next((str(item["metadata"]["name"]) for item in defaults), None)


def albconfig_of(ingress: Object, classes: Iterable[Object]) -> str | None:
    """Return the AlbConfig whose listeners carry the rules of an Ingress; None when it is not for ALB at all."""
    known = list(classes)
    name = class_name(ingress, known)
    found = next((item for item in known if item["metadata"]["name"] == name), None)
    by_annotation_alone = found is None and not ingress.get("spec", {}).get("ingressClassName") and name == "alb"
    if found is None and not by_annotation_alone:
        return None
    spec = (found or {}).get("spec", {})
    if found is not None and spec.get("controller") != ALB_CONTROLLER:
        return None
    chosen = _annotations(ingress).get(f"{_ALB}albconfig.name") or (spec.get("parameters") or {}).get("name")
    return str(chosen or "default")


def routes_on(ingress: Object, listener: ListenerKey) -> Iterator[Route]:
    """Yield what the rules of an Ingress do on a listener of its AlbConfig; unreadable listen-ports may mean any."""
    ports = _listen_ports(ingress)
    if ports is not None and listener.text not in ports:
        return
    # The controller redirects everything but port 443 to https on port 443.
    redirected = _ssl_redirect(ingress) and listener.port != 443  # noqa: PLR2004 - see above
    spec = ingress.get("spec", {})
    for rule in spec.get("rules") or []:
        host = rule.get("host") or ANY_HOST
        if not _rule_is_on(ingress, host, listener.protocol):
            continue
        for path in (rule.get("http") or {}).get("paths") or []:
            backend = path.get("backend") or {}
            for name in _hosts(ingress, rule.get("host"), backend):
                yield _route(ingress, name, {} if redirected else backend)
    if spec.get("defaultBackend"):
        # On the safe side: the open-source controller does not read it, other controllers do.
        backend = {} if redirected else spec["defaultBackend"]
        yield replace(_route(ingress, ANY_HOST, backend), is_default_backend=True)


def _hosts(ingress: Object, host: str | None, backend: Object) -> list[str]:
    """Return the hosts of a path: custom conditions of its backend take more of them beside that of the rule.

    A rule whose conditions cannot be read is not made by the open-source controller.
    """
    name = (backend.get("service") or {}).get("name")
    conditions = _annotated(ingress, f"conditions.{name}") if name else []
    found = [
        value
        for one in (conditions if isinstance(conditions, list) else [])
        if isinstance(one, dict) and "host" in {text.lower() for text in _values(one, "type")}
        for value in _listed(one, "values")
    ]
    return list(dict.fromkeys([*found, *([host] if host else [])])) or [ANY_HOST]


def _route(ingress: Object, host: str, backend: Object) -> Route:
    return Route(host=host, services=_services(ingress, backend), server_groups=_server_groups(ingress, backend))


def services_of(ingress: Object) -> frozenset[str]:
    """Return every service that an Ingress of any controller forwards to."""
    spec = ingress.get("spec", {})
    backends = [spec.get("defaultBackend") or {}]
    for rule in spec.get("rules") or []:
        backends += [path.get("backend") or {} for path in (rule.get("http") or {}).get("paths") or []]
    return frozenset().union(*(_services(ingress, backend) for backend in backends))


def _listen_ports(ingress: Object) -> set[str] | None:
    """Return what the annotation lists; without it, 443/HTTPS for hosts in spec.tls and 80/HTTP for the others."""
    ports: set[str] = {"80/HTTP"} if _ssl_redirect(ingress) else set()
    text = _annotations(ingress).get(f"{_ALB}listen-ports")
    if text is None:
        in_tls = any(host for entry in ingress.get("spec", {}).get("tls") or [] for host in entry.get("hosts") or [])
        hosts = [rule.get("host") for rule in ingress.get("spec", {}).get("rules") or []]
        beside_tls = any(host and host not in _tls_hosts(ingress) for host in hosts)
        if in_tls:
            ports.add("443/HTTPS")
        if beside_tls or not in_tls:
            ports.add("80/HTTP")
        return ports
    try:
        entries = json.loads(text)
        listed = [(int(port), protocol) for entry in entries for protocol, port in entry.items()]
    except (ValueError, TypeError, AttributeError, OverflowError, RecursionError):
        return None
    if not listed or any(protocol not in _PROTOCOLS for _, protocol in listed):
        return None
    return ports | {f"{port}/{protocol}" for port, protocol in listed}


def _rule_is_on(ingress: Object, host: str, protocol: str) -> bool:
    """Say whether a host's rule goes to a listener of a protocol: without annotations, spec.tls decides."""
    if host == "*" or _ssl_redirect(ingress) or f"{_ALB}listen-ports" in _annotations(ingress):
        return True
    if not ingress.get("spec", {}).get("tls"):
        return True
    return (host in _tls_hosts(ingress)) == (protocol != "HTTP")


def _tls_hosts(ingress: Object) -> set[str]:
    return {host for entry in ingress.get("spec", {}).get("tls") or [] for host in entry.get("hosts") or []}


def _ssl_redirect(ingress: Object) -> bool:
    annotations = _annotations(ingress)
    value = annotations.get("nginx.ingress.kubernetes.io/ssl-redirect", annotations.get(f"{_ALB}ssl-redirect"))
    return value == "true"


def _services(ingress: Object, backend: Object) -> frozenset[str]:
    service = backend.get("service") or {}
    name = service.get("name")
    if not name:
        return frozenset()
    names = frozenset(_values(_actions(ingress, name), "servicename"))
    # With custom actions, the "service" may only be the name of the annotation that says where to forward.
    return names if (service.get("port") or {}).get("name") == "use-annotation" else names | {str(name)}


def _server_groups(ingress: Object, backend: Object) -> frozenset[str]:
    """Return the server groups that custom actions name by id, which outranks a Service beside it."""
    name = (backend.get("service") or {}).get("name")
    return frozenset(_values(_actions(ingress, name), "servergroupid")) if name else frozenset()


def _actions(ingress: Object, name: str) -> Any:
    """Return the custom actions of a backend; beside a Service they still send copies of requests elsewhere."""
    return _annotated(ingress, f"actions.{name}")


def _annotated(ingress: Object, name: str) -> Any:
    try:
        return json.loads(_annotations(ingress).get(f"{_ALB}{name}") or "[]")
    except (ValueError, RecursionError):
        return []


def _listed(value: Any, name: str) -> Iterator[str]:
    """Yield the texts in all lists of this name."""
    if isinstance(value, dict):
        for key, member in value.items():
            if key.lower() == name and isinstance(member, list):
                yield from (one for one in member if isinstance(one, str) and one)
            else:
                yield from _listed(member, name)


def _values(value: Any, name: str) -> Iterator[str]:
    """Yield the texts of all members of this name, which Go reads in any case."""
    if isinstance(value, dict):
        for key, member in value.items():
            if key.lower() == name and isinstance(member, str):
                yield from [member] if member else []
            else:
                yield from _values(member, name)
    elif isinstance(value, list):
        for member in value:
            yield from _values(member, name)


def _annotations(item: Object) -> dict[str, str]:
    return item["metadata"].get("annotations") or {}
