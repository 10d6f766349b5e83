"""What a request over HTTP/3 meets at a QUIC listener: the evidence that it is a way around."""

from collections.abc import Sequence
from dataclasses import replace

from alb_mtls.addresses import join_host_port
from alb_mtls.cluster.findings import Finding, FindingCode
from alb_mtls.cluster.listener import listener_label, listeners_of, name_of, port_text
from alb_mtls.handshake.errors import HandshakeError
from alb_mtls.handshake.http3 import probe_http3
from alb_mtls.handshake.target import Target
from ops.snapshots import Observed

_SECONDS = 5.0


def with_evidence(
    way: Finding, observed: Observed, targets: Sequence[Target], *, quic_connect_to: str | None, why_not: str
) -> Finding:
    """Return a finding about a QUIC listener with what was met there, or why nobody asked; any other as it is.

    Args:
        way: around the listener.
        observed: the listener.
        targets: every address of it.
        quic_connect_to: `host:port` of the QUIC listener, where that is not at these addresses.
        why_not: what there are no targets for.
    """
    if way.code != FindingCode.QUIC_LISTENER:
        return way
    return replace(way, evidence=f"{way.evidence}; {_met(way, observed, targets, quic_connect_to, why_not)}")


def _met(way: Finding, observed: Observed, targets: Sequence[Target], quic_connect_to: str | None, why_not: str) -> str:
    if not targets:
        return f"not asked over HTTP/3: {why_not}"
    if quic_connect_to is not None:
        asked = [replace(targets[0], address=quic_connect_to)]
    else:
        port = _port(way, observed)
        if port is None:
            return "not asked over HTTP/3: which UDP port it has is not known; give it with --quic-connect-to"
        # ALB serves QUIC on the addresses of its other listeners.
        asked = [replace(target, address=join_host_port(target.endpoint[0], port)) for target in targets]
    return "; ".join(_asked(target) for target in asked)


def _asked(target: Target) -> str:
    # Whose certificate the server has says nothing about whether it asks for one.
    target = replace(target, server_ca="insecure")
    request = f"an HTTP/3 request for {target.host} without a certificate"
    try:
        result = probe_http3(target, deadline_seconds=_SECONDS)
    except HandshakeError as error:
        return f"not asked over HTTP/3: {error}"
    if result.accepted or result.rejected:
        return f"{request} was {result.summary} at {target.label}"
    return f"{request} met no answer at {target.label}: {result.summary}"


def _port(way: Finding, observed: Observed) -> int | None:
    """Return the UDP port of the QUIC listener that a finding is about."""
    albconfig = observed.albconfig or {"metadata": {"name": observed.record.key.alb_config}}
    for _, element in listeners_of(albconfig):
        port = port_text(element.get("port"))
        label = f"listener {listener_label(element)} of AlbConfig {name_of(albconfig)}"
        if element.get("protocol") == "QUIC" and way.subject == label and port.isdecimal():
            return int(port)
    # The finding is about an HTTPS listener that announces one.
    announced = observed.live.quic_listener_id if observed.live is not None else None
    return next((one.port for one in observed.listeners if announced and one.listener_id == announced), None)
