"""What Ingresses mean: which listeners they bind to, and their forwarding rules. Pure."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from lab.controller.model import BuildError
from lab.dataplane.routes import Action, PathType, Route

CONTROLLER = "ingress.k8s.alibabacloud/alb"

_PREFIX = "alb.ingress.kubernetes.io"
_LAST_PORT = 65535

Ingress = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Binding:
    """The rules that an Ingress puts on one listener."""

    key: str
    routes: tuple[Route, ...]


def albconfig_of(ingress_class: "Mapping[str, Any]") -> str | None:
    """Return the name of the AlbConfig that an IngressClass stands for, None for other controllers."""
    spec = ingress_class.get("spec") or {}
    parameters = spec.get("parameters") or {}
    if spec.get("controller") != CONTROLLER or parameters.get("kind") != "AlbConfig":
        return None
    return parameters.get("name")


def services_of(ingress: Ingress) -> list[str]:
    """Return the names of the Services that an Ingress forwards to, in its namespace."""
    names = [path["backend"]["service"]["name"] for _, path in _paths(ingress) if "service" in path["backend"]]
    default = (ingress.get("spec") or {}).get("defaultBackend") or {}
    return sorted({*names, *([default["service"]["name"]] if "service" in default else [])})


def bindings(ingress: Ingress) -> list[Binding]:
    """Return what an Ingress puts on which listeners.

    Raises:
        BuildError: its listen-ports annotation is wrong.
    """
    routes = tuple(_routes(ingress))
    redirects = _annotation(ingress, "ssl-redirect") == "true"
    redirected = tuple(replace(each, action=Action.REDIRECT_TO_HTTPS) for each in routes)
    return [
        Binding(key=key, routes=redirected if redirects and key.endswith("/HTTP") else routes)
        for key in _listen_ports(ingress, redirects=redirects)
    ]


def _listen_ports(ingress: Ingress, *, redirects: bool) -> list[str]:
    # LBC model_builder.go: ComputeIngressListenPorts.
    keys = ["80/HTTP"] if redirects else []
    raw = _annotation(ingress, "listen-ports")
    if raw is None:
        tls = (ingress.get("spec") or {}).get("tls") or []
        hosts = {host for each in tls for host in each.get("hosts") or []}
        plain = any(rule.get("host") and rule["host"] not in hosts for rule in _rules(ingress))
        keys += ["80/HTTP"] if plain or not hosts else []
        keys += ["443/HTTPS"] if hosts else []
    else:
        keys += _parse_listen_ports(raw)
    return list(dict.fromkeys(keys))


def _parse_listen_ports(raw: str) -> "Iterator[str]":
    try:
        entries = json.loads(raw)
        pairs = [(protocol, port) for entry in entries for protocol, port in entry.items()]
    except (ValueError, AttributeError, TypeError) as error:
        message = f"failed to parse listen-ports configuration: `{raw}`"
        raise BuildError(message) from error
    if not pairs:
        message = f"empty listen-ports configuration: `{raw}`"
        raise BuildError(message)
    for protocol, port in pairs:
        if not isinstance(port, int) or not 1 <= port <= _LAST_PORT:
            message = f"listen port must be within [1, 65535]: {port}"
            raise BuildError(message)
        if protocol not in {"HTTP", "HTTPS", "QUIC"}:
            message = f"listen protocol must be within [HTTP, HTTPS]: {protocol}"
            raise BuildError(message)
        yield f"{port}/{protocol}"


def _routes(ingress: Ingress) -> "Iterator[Route]":
    for host, path in _paths(ingress):
        exact = path.get("pathType") == "Exact"
        yield Route(
            host=host,
            path=path.get("path") or "/",
            path_type=PathType.EXACT if exact else PathType.PREFIX,
        )
    if (ingress.get("spec") or {}).get("defaultBackend"):
        yield Route()


def _paths(ingress: Ingress) -> "Iterator[tuple[str, Mapping[str, Any]]]":
    for rule in _rules(ingress):
        for path in (rule.get("http") or {}).get("paths") or []:
            yield rule.get("host") or "", path


def _rules(ingress: Ingress) -> "list[Mapping[str, Any]]":
    return (ingress.get("spec") or {}).get("rules") or []


def _annotation(ingress: Ingress, name: str) -> str | None:
    return (ingress["metadata"].get("annotations") or {}).get(f"{_PREFIX}/{name}")
