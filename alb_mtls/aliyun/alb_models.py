"""Load balancers and listeners as the ALB API describes them, in our terms."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from alb_mtls.aliyun.answers import Members, entries, members, of_answer

STOPPED: Final = "Stopped"
"""Status of a listener that serves nobody."""

_SHORTEST_IDENTIFIER: Final = 11
# Of an answer, by the key in an AlbConfig.
_FIELDS: Final[dict[str, tuple[str, type]]] = {
    "description": ("ListenerDescription", str),
    "idleTimeout": ("IdleTimeout", int),
    "requestTimeout": ("RequestTimeout", int),
    "gzipEnabled": ("GzipEnabled", bool),
    "http2Enabled": ("Http2Enabled", bool),
    "securityPolicyId": ("SecurityPolicyId", str),
}
# Those that the official SDK knows, and an AlbConfig has under the same names: a later one is passed over.
_HEADER_MEMBERS: Final = tuple(
    f"XForwardedFor{name}"
    for name in (
        "ClientCertClientVerifyAlias",
        "ClientCertClientVerifyEnabled",
        "ClientCertFingerprintAlias",
        "ClientCertFingerprintEnabled",
        "ClientCertIssuerDNAlias",
        "ClientCertIssuerDNEnabled",
        "ClientCertSubjectDNAlias",
        "ClientCertSubjectDNEnabled",
        "ClientSourceIpsEnabled",
        "ClientSourceIpsTrusted",
        "ClientSrcPortEnabled",
        "Enabled",
        "HostEnabled",
        "ProcessingMode",
        "ProtoEnabled",
        "SLBIdEnabled",
        "SLBPortEnabled",
    )
)


@dataclass(frozen=True, kw_only=True)
class LoadBalancer:
    """A load balancer.

    Attributes:
        edition: `Basic`, `Standard`, `StandardWithWaf`, `Extensible`, or one that nobody here knows; empty when the API
            names none.
        status: `Active` when it serves.
    """

    load_balancer_id: str
    name: str
    edition: str
    status: str
    dns_name: str


@dataclass(frozen=True, kw_only=True)
class ListenerSummary:
    """A listener as a listing has it: without anything about CAs.

    Attributes:
        protocol: `HTTP`, `HTTPS` or `QUIC`.
        status: `Running`, `Configuring`, `Provisioning` or `Stopped`.
        quic_listener_id: The QUIC listener that an HTTPS listener announces, or None.
        fields: Values of what else the answer names, by their keys in an AlbConfig; what it does not name is missing.
    """

    listener_id: str
    load_balancer_id: str
    port: int
    protocol: str
    status: str
    security_policy_id: str
    quic_listener_id: str | None
    fields: Mapping[str, Any] = field(default_factory=dict, hash=False)

    @property
    def label(self) -> str:
        """Return how people name it, such as `443/HTTPS`."""
        return f"{self.port}/{self.protocol}"


@dataclass(frozen=True, kw_only=True)
class Listener(ListenerSummary):
    """A listener with its client authentication (docs/facts/alibaba-cloud.md, Where the truth is).

    Attributes:
        ca_enabled: Whether clients must show a certificate.
        ca_identifiers: The CA it would check them with; kept by the ALB when `ca_enabled` is false. An answer
            without the member, with null and with an empty list name none alike.
        server_certificate: The default one; None when the answer names none, or several, which it does not mark.
    """

    ca_enabled: bool
    ca_identifiers: tuple[str, ...]
    server_certificate: str | None = None

    @property
    def hides_ca(self) -> bool:
        """Whether it requests client certificates, and the answer does not name the CA, which it must have."""
        return self.ca_enabled and not self.ca_identifiers

    @property
    def summary(self) -> str:
        """Return its state in a few words, for messages."""
        authentication = "on" if self.ca_enabled else "off"
        authority = "not named by the ALB API" if self.hides_ca else ", ".join(self.ca_identifiers) or "none"
        return f"status {self.status}, client authentication {authentication}, CA {authority}"

    def has_ca(self, identifier: str) -> bool:
        """Say whether `identifier` is among its CAs, switched on or not."""
        return any(same_identifier(identifier, one) for one in self.ca_identifiers)


@dataclass(frozen=True, kw_only=True)
class BoundListener:
    """A listener that refers to a CA, and whether it requests certificates of it.

    Attributes:
        hides_ca: It requests client certificates, and the ALB API does not name the CA: it may be this one.
    """

    load_balancer_id: str
    listener_id: str
    port: int
    protocol: str
    ca_enabled: bool
    hides_ca: bool = False


def same_identifier(one: str, other: str) -> bool:
    """Say whether two certificate identifiers mean the same certificate.

    The ALB may return another form than it was given: its documentation shows `139a00604bd-cn-east-hangzho…`
    for a CA (docs/facts/alibaba-cloud.md, Identifiers). So one may stand inside the other, at word borders, when it is
    long enough to be an identifier.
    """
    shorter, longer = sorted((one.strip().lower(), other.strip().lower()), key=len)
    if shorter == longer:
        return bool(shorter)
    if len(shorter) < _SHORTEST_IDENTIFIER:
        return False
    return re.search(rf"(?<![0-9a-z]){re.escape(shorter)}(?![0-9a-z])", longer) is not None


@of_answer("GetLoadBalancerAttribute")
def load_balancer(answer: Members) -> LoadBalancer:
    """Return the load balancer of a GetLoadBalancerAttribute answer."""
    return LoadBalancer(
        load_balancer_id=str(answer.get("LoadBalancerId")),
        name=str(answer.get("LoadBalancerName") or ""),
        edition=str(answer.get("LoadBalancerEdition") or ""),
        status=str(answer.get("LoadBalancerStatus") or ""),
        dns_name=str(answer.get("DNSName") or ""),
    )


@of_answer("ListListeners")
def listener_summary(entry: Members) -> ListenerSummary:
    """Return the listener of a ListListeners entry."""
    return ListenerSummary(**_common(entry))


@of_answer("GetListenerAttribute")
def listener(answer: Members) -> Listener:
    """Return the listener of a GetListenerAttribute answer."""
    authorities = _identifiers(answer.get("CaCertificates"))
    certificates = _identifiers(answer.get("Certificates"))
    return Listener(
        **_common(answer),
        ca_enabled=_is_on(answer.get("CaEnabled")),
        ca_identifiers=tuple(authorities),
        server_certificate=certificates[0] if len(certificates) == 1 else None,
    )


def _identifiers(certificates: object) -> list[str]:
    named = (one.get("CertificateId") for one in entries(certificates))
    return [str(identifier) for identifier in named if identifier]


def _is_on(value: Any) -> bool:
    """Read a switch; absent and null are off. A text is read too, since every text, "false" as well, is true in Python.

    Raises:
        ValueError: it is neither: whether client certificates are requested is not to be guessed.
    """
    if value is None or isinstance(value, bool):
        return bool(value)
    text = str(value).lower()
    if text not in ("true", "false"):
        raise ValueError(text)
    return text == "true"


def _common(entry: Members) -> dict[str, Any]:
    # First what makes the whole answer unreadable where it has another shape.
    quic, fields = members(entry.get("QuicConfig")), _fields(entry)
    port: Any = entry.get("ListenerPort")
    return {
        "listener_id": str(entry.get("ListenerId")),
        "load_balancer_id": str(entry.get("LoadBalancerId") or ""),
        "port": int(port),
        "protocol": str(entry.get("ListenerProtocol")).upper(),
        "status": str(entry.get("ListenerStatus") or ""),
        "security_policy_id": str(entry.get("SecurityPolicyId") or ""),
        "quic_listener_id": quic.get("QuicListenerId") if quic.get("QuicUpgradeEnabled") else None,
        "fields": fields,
    }


def _fields(entry: Members) -> dict[str, Any]:
    named = {name: entry.get(member) for name, (member, _) in _FIELDS.items()}
    found = {name: value for name, value in named.items() if type(value) is _FIELDS[name][1] and value != ""}
    headers = entry.get("XForwardedForConfig")
    if headers is None:
        return found
    written = members(headers)
    known = {name: written[name] for name in _HEADER_MEMBERS if written.get(name) is not None}
    return {**found, "xForwardedForConfig": known}
