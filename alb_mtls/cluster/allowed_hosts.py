"""The hosts that the configuration allows on a listener, and those that are there beside them. Pure."""

from collections.abc import Iterable, Sequence

from alb_mtls.cluster.errors import UnexpectedHosts
from alb_mtls.cluster.findings import Finding, FindingCode
from alb_mtls.cluster.hosts import ANY_HOST, ListenerHost
from alb_mtls.cluster.listener_key import ListenerKey
from alb_mtls.listing import listing

_WILDCARD = "*."


def unexpected(hosts: Iterable[ListenerHost], allowed: Sequence[str]) -> list[ListenerHost]:
    """Return the hosts of a listener that are not allowed there, in their order.

    Args:
        hosts: that share the listener.
        allowed: names in lower case; `*.example.com` allows what an Ingress with that host would take, every name of
            one label more, and itself; `*` allows rules without a host, and no other.
    """
    return [one for one in hosts if not _is_allowed(one.host.lower(), allowed)]


def not_there(hosts: Iterable[ListenerHost], allowed: Sequence[str]) -> list[str]:
    """Return what is allowed although no host of the listener needs it."""
    there = list(hosts)
    return [name for name in allowed if all(unexpected([one], [name]) for one in there)]


def refusal_of(listener: ListenerKey, hosts: Iterable[ListenerHost], allowed: Sequence[str]) -> UnexpectedHosts | None:
    """Return why a listener must not request certificates as its hosts are; None when all of them are allowed."""
    others = unexpected(hosts, allowed)
    return UnexpectedHosts(listener.label, _found(others), count=len(others)) if others else None


def unexpected_hosts(listener: ListenerKey, hosts: Sequence[ListenerHost]) -> Finding:
    """Return the finding about hosts that came to a listener which requests certificates; at least one."""
    them = "it" if len(hosts) == 1 else "them"
    return Finding(
        code=FindingCode.UNEXPECTED_HOST,
        subject=listener.label,
        evidence=f"{_found(hosts)}; requests for {them} without a client certificate are rejected",
        remedy=f"add {them} to `hosts` of the listener in the stack file and run `pulumi up`, or take {them} off the "
        "listener (listen-ports and spec.tls of the Ingress)",
    )


def _found(hosts: Sequence[ListenerHost]) -> str:
    names = listing([_named(one) for one in hosts])
    return f"{names} {'is' if len(hosts) == 1 else 'are'} on it, and `hosts` of the listener does not allow that"


def _named(one: ListenerHost) -> str:
    if one.is_default_backend:
        return f"the defaultBackend of Ingress {one.ingress_text}, which takes every other host ({ANY_HOST}),"
    if one.host == ANY_HOST:
        return f"a rule without a host ({ANY_HOST}) of Ingress {one.ingress_text}"
    return f"host {one.host} of Ingress {one.ingress_text}"


def _is_allowed(host: str, allowed: Sequence[str]) -> bool:
    if host in allowed:
        return True
    _, dot, parent = host.partition(".")
    return bool(dot) and not host.startswith(_WILDCARD) and f"{_WILDCARD}{parent}" in allowed
