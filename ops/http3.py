"""What a request over HTTP/3 meets at a QUIC listener: the evidence that it is a bypass."""

from collections.abc import Sequence
from dataclasses import replace

from alb_mtls.addresses import join_host_port
from alb_mtls.cluster.findings import Finding, FindingCode
from alb_mtls.cluster.listener import listener_label, listeners_of, port_text
from alb_mtls.cluster.listener_key import port_number
from alb_mtls.handshake.errors import HandshakeError
from alb_mtls.handshake.http3 import probe_http3
from alb_mtls.handshake.target import Target
from alb_mtls.listeners.snapshot import ListenerSnapshot

_SECONDS = 5.0


def with_evidence(
    bypass: Finding, snapshot: ListenerSnapshot, targets: Sequence[Target], *, quic_connect_to: str | None, why_not: str
) -> Finding:
    """Return a finding about a QUIC listener with what was met there, or why it was not probed; any other as it is.

    Args:
        bypass: around the listener.
        snapshot: of the listener.
        targets: every address of it.
        quic_connect_to: `host:port` of the QUIC listener, where that is not at these addresses.
        why_not: why there are no targets.
    """
    if bypass.code != FindingCode.QUIC_LISTENER:
        return bypass
    return replace(bypass, evidence=f"{bypass.evidence}; {_met(bypass, snapshot, targets, quic_connect_to, why_not)}")


def _met(
    bypass: Finding, snapshot: ListenerSnapshot, targets: Sequence[Target], quic_connect_to: str | None, why_not: str
) -> str:
    if not bypass.subject.endswith(f"of AlbConfig {snapshot.key.alb_config}"):
        return "not probed over HTTP/3: it is on the ALB of another AlbConfig"
    if not targets:
        return f"not probed over HTTP/3: {why_not}"
    if quic_connect_to is not None:
        probed = [replace(targets[0], address=quic_connect_to)]
    else:
        port = _port(bypass, snapshot)
        if port is None:
            return "not probed over HTTP/3: its UDP port is not known; give it with --quic-connect-to"
        # ALB serves QUIC on the addresses of its other listeners.
        probed = [replace(target, address=join_host_port(target.endpoint[0], port)) for target in targets]
    return "; ".join(_probed(target) for target in probed)


def _probed(target: Target) -> str:
    # Who signed the server's certificate says nothing about whether it requests one.
    target = replace(target, server_ca="insecure")
    request = f"an HTTP/3 request for {target.host} without a certificate"
    try:
        result = probe_http3(target, deadline_seconds=_SECONDS)
    except HandshakeError as error:
        return f"not probed over HTTP/3: {error}"
    if result.accepted or result.rejected:
        return f"{request} was {result.summary} at {target.label}"
    return f"{request} met no answer at {target.label}: {result.summary}"


def _port(bypass: Finding, snapshot: ListenerSnapshot) -> int | None:
    """Return the UDP port of the QUIC listener that a finding is about."""
    alb_config = snapshot.key.alb_config
    for _, element in listeners_of(snapshot.albconfig or {}):
        port = port_number(port_text(element.get("port")))
        label = f"listener {listener_label(element)} of AlbConfig {alb_config}"
        if element.get("protocol") == "QUIC" and bypass.subject == label and port is not None:
            return port
    # The finding is about an HTTPS listener that announces one.
    announced = snapshot.on_alb.quic_listener_id if snapshot.on_alb is not None else None
    return next((one.port for one in snapshot.alb_listeners if announced and one.listener_id == announced), None)
