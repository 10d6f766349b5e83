"""Services that lead to the pods of another Service, by selector or by name. Pure.

Pods themselves are not read: that would need a permission that nothing else here needs. So two selectors are compared
by meaning: where one demands all that the other demands, whatever pods the narrower one has, the wider one has too.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from alb_mtls.cluster.routes import Object, qualified


def with_same_pods(names: Collection[str], services: Collection[Object]) -> dict[str, str]:
    """Return Services by `namespace/name`, each with how it belongs here: nothing for those that were named.

    Args:
        names: of Services; of one that is not there nothing more is known.
        services: all of the cluster.
    """
    found = dict.fromkeys(names, "")
    known = {qualified(service): service for service in services}
    for first in sorted(name for name in names if name in known):
        for name in _aliases(first, known):
            found.setdefault(name, f" (the same pods as {first})")
    return found


def listed(names: Iterable[str], behind: Mapping[str, str]) -> str:
    """Return Services for people, each with how it belongs here.

    Args:
        names: of them.
        behind: as `with_same_pods` returned it.
    """
    return ", ".join(f"{name}{behind[name]}" for name in sorted(names))


def _aliases(first: str, known: Mapping[str, Object]) -> Iterator[str]:
    """Yield what leads to a Service, also over names that are names of names themselves."""
    reached, new = {first}, [(first, True)]
    while new:
        name, has_all_its_pods = new.pop()
        meant = known[name]
        for other, service in known.items():
            is_name = "ExternalName" in {_spec(service).get("type"), _spec(meant).get("type")}
            # Overlapping selectors do not add up: what shares pods with the next one need share none with the first.
            if other in reached or not (is_name or has_all_its_pods) or not _leads_to(service, meant):
                continue
            reached.add(other)
            new.append((other, has_all_its_pods and is_name))
            yield other


def _leads_to(service: Object, other: Object) -> bool:
    spec, meant = _spec(service), _spec(other)
    if _is_same_name(spec, meant) or _is_name_for(service, other) or _is_name_for(other, service):
        return True
    if "ExternalName" in {spec.get("type"), meant.get("type")}:
        return False
    if service["metadata"].get("namespace", "default") != other["metadata"].get("namespace", "default"):
        return False
    # An empty selector selects nothing.
    ours, theirs = spec.get("selector") or {}, meant.get("selector") or {}
    if not ours or not theirs:
        return False
    narrower, wider = sorted((ours.items(), theirs.items()), key=len, reverse=True)
    return wider <= narrower and _share_a_port(spec, meant)


def _is_same_name(spec: Object, meant: Object) -> bool:
    """Say whether two Services are names for one and the same host outside of the cluster, or in it."""
    names = [
        str(one.get("externalName") or "").rstrip(".").lower() if one.get("type") == "ExternalName" else ""
        for one in (spec, meant)
    ]
    return bool(names[0]) and names[0] == names[1] and "." in names[0]


def _is_name_for(service: Object, other: Object) -> bool:
    """Say whether a Service names another: `name.namespace.svc`, shorter ones, or with the domain of a cluster."""
    if _spec(service).get("type") != "ExternalName":
        return False
    labels = str(_spec(service).get("externalName") or "").rstrip(".").lower().split(".")
    namespace = str(other["metadata"].get("namespace", "default"))
    is_near = namespace == service["metadata"].get("namespace", "default")
    if labels[0] != other["metadata"]["name"]:
        return False
    return (labels[1:2] == [namespace] and labels[2:3] in ([], ["svc"])) or (is_near and labels[1:] == [])


def _share_a_port(one: Object, other: Object) -> bool:
    """Say whether two Services may lead to one port of a pod; a named port may be any number."""
    ports, others = set(_target_ports(one)), set(_target_ports(other))
    if not ports or not others or ports & others:
        return True
    return any(
        protocol == theirs and port.isdecimal() != number.isdecimal()
        for protocol, port in ports
        for theirs, number in others
    )


def _target_ports(spec: Object) -> Iterator[tuple[str, str]]:
    for port in spec.get("ports") or []:
        yield str(port.get("protocol") or "TCP"), str(port.get("targetPort") or port.get("port"))


def _spec(service: Object) -> dict[str, Any]:
    return service.get("spec") or {}
