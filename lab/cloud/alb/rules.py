"""What a listener can be (docs/facts/alibaba-cloud.md, Editions and keys)."""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, get_args

from lab.cloud.alb.exceptions import (
    CertificateExpired,
    ConflictPort,
    EditionNotSupported,
    IllegalParam,
    IllegalParamSizeCaCertificates,
    ResourceNotFound,
)
from lab.cloud.alb.records import Listener, LoadBalancer, Protocol
from lab.cloud.cas.records import StoredCertificate
from lab.cloud.exceptions import MissingParameter

_LAST_PORT: Final = 65535
_LONGEST_TIMEOUT: Final = 600
_ALIAS: Final = re.compile(r"[a-z0-9_-]{1,40}")


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What a listener is checked against."""

    load_balancer: LoadBalancer
    others: Collection[Listener]
    server_certificates: Collection[str]
    find_authority: Callable[[str], StoredCertificate | None]
    authenticating_editions: Collection[str]


def require_valid(candidate: Listener, before: Listener | None, around: Surroundings) -> None:
    """Return when a listener may become `candidate`.

    Raises:
        CloudFault: it may not; the subclass says why.
    """
    _require_port(candidate, around)
    _require_timeouts(candidate)
    _require_server_certificates(candidate, around)
    _require_client_authentication(candidate, before, around)
    _require_headers(candidate)
    _require_quic(candidate, around)


def _require_port(candidate: Listener, around: Surroundings) -> None:
    if candidate.protocol not in get_args(Protocol):
        raise IllegalParam("ListenerProtocol", f"expected one of {', '.join(get_args(Protocol))}")
    if not 1 <= candidate.port <= _LAST_PORT:
        raise IllegalParam("ListenerPort", f"expected 1 to {_LAST_PORT}")
    over_udp = candidate.protocol == "QUIC"
    if any(one.port == candidate.port and (one.protocol == "QUIC") == over_udp for one in around.others):
        raise ConflictPort(candidate.port)


def _require_timeouts(candidate: Listener) -> None:
    timeouts = {"RequestTimeout": candidate.request_timeout, "IdleTimeout": candidate.idle_timeout}
    for name, seconds in timeouts.items():
        if not 1 <= seconds <= _LONGEST_TIMEOUT:
            raise IllegalParam(name, f"expected 1 to {_LONGEST_TIMEOUT} seconds")


def _require_server_certificates(candidate: Listener, around: Surroundings) -> None:
    if candidate.protocol == "HTTP":
        if candidate.certificate_ids:
            raise IllegalParam("Certificates", "an HTTP listener has none")
        return
    if not candidate.certificate_ids:
        raise MissingParameter("Certificates")
    for identifier in candidate.certificate_ids:
        if identifier not in around.server_certificates:
            raise ResourceNotFound("Certificate", identifier)


def _require_client_authentication(candidate: Listener, before: Listener | None, around: Surroundings) -> None:
    identifiers = candidate.ca_certificate_ids
    if candidate.protocol != "HTTPS" and (candidate.ca_enabled or identifiers):
        raise IllegalParam("CaEnabled", f"it needs an HTTPS listener, this is {candidate.label}")
    if len(identifiers) > 1:
        raise IllegalParamSizeCaCertificates
    if candidate.ca_enabled and around.load_balancer.edition not in around.authenticating_editions:
        raise EditionNotSupported(around.load_balancer.edition)
    if candidate.ca_enabled and not identifiers:
        raise MissingParameter("CaCertificates")
    unchanged = before is not None and before.ca_certificate_ids == identifiers
    if unchanged and not candidate.ca_enabled:
        # Switching off has to work also when the CA is gone.
        return
    for identifier in identifiers:
        _require_authority(identifier, around)


def _require_authority(identifier: str, around: Surroundings) -> None:
    stored = around.find_authority(identifier)
    if stored is None:
        raise ResourceNotFound("CaCertificate", identifier)
    if stored.certificate.not_valid_after_utc < datetime.now(UTC):
        raise CertificateExpired(identifier)


def _require_headers(candidate: Listener) -> None:
    for name, value in candidate.x_forwarded_for.items():
        client_certificate = name.startswith("XForwardedForClientCert")
        if client_certificate and value is True and candidate.protocol != "HTTPS":
            raise IllegalParam(name, f"it needs an HTTPS listener, this is {candidate.label}")
        if name.endswith("Alias") and value and not _ALIAS.fullmatch(str(value)):
            raise IllegalParam(name, "expected 1 to 40 of a-z, 0-9, - and _")


def _require_quic(candidate: Listener, around: Surroundings) -> None:
    if not candidate.quic.get("QuicUpgradeEnabled"):
        return
    if candidate.protocol != "HTTPS":
        raise IllegalParam("QuicConfig", f"it needs an HTTPS listener, this is {candidate.label}")
    upgrade_id = candidate.quic.get("QuicListenerId")
    if not any(one.listener_id == upgrade_id and one.protocol == "QUIC" for one in around.others):
        raise IllegalParam("QuicConfig", "QuicListenerId names no QUIC listener of this load balancer")
