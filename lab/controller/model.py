"""What an AlbConfig means, in the words of the ALB. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, get_args

from lab.cloud.alb.records import Protocol
from lab.controller.go_json import Decoder, GoDecodeError
from lab.controller.schema import SPEC

# docs/facts/alibaba-cloud.md, Controller defaults.
_IDLE_SECONDS = 15
_REQUEST_SECONDS = 60
_SECURITY_POLICY = "tls_cipher_policy_1_0"
OWN_DESCRIPTION = "ingress-auto-listener"
"""How the description of a listener begins that the controller made (LBC `ListenerDescriptionPrefix`)."""


class BuildError(ValueError):
    """An AlbConfig or Ingress makes no model; the message is the controller's."""


@dataclass(frozen=True, kw_only=True)
class DesiredListener:
    """A listener as an AlbConfig describes it.

    Attributes:
        port: over TCP, or over UDP for QUIC.
        protocol: HTTP, HTTPS or QUIC.
        ca_enabled: whether a client certificate is requested; None when that is not said.
        ca_certificate_ids: CAs as listed, also while `ca_enabled` is false; None when there is no list.
        certificate_ids: server certificates, the default first; empty when there is no single default.
        attributes: further fields of an ALB listener, by their names in the simulator.
    """

    port: int
    protocol: Protocol
    ca_enabled: bool | None = None
    ca_certificate_ids: tuple[str, ...] | None = None
    certificate_ids: tuple[str, ...] = ()
    attributes: "Mapping[str, Any]" = field(default_factory=dict)

    @property
    def key(self) -> str:
        """Port and protocol as the AlbConfig's status has them: `443/HTTPS`."""
        return f"{self.port}/{self.protocol}"


@dataclass(frozen=True, kw_only=True)
class DesiredLoadBalancer:
    """A load balancer as an AlbConfig describes it.

    Attributes:
        reused_id: id of an ALB that was there before, or empty.
        name: of the ALB that the controller makes.
        edition: that the ALB should have.
        forces: whether attributes of a reused ALB may be overwritten.
        overrides: whether listeners of a reused ALB may be taken over.
        listeners: at most one for each port and protocol.
    """

    reused_id: str
    name: str
    edition: str
    forces: bool
    overrides: bool
    listeners: tuple[DesiredListener, ...]


def build(name: str, spec: "Mapping[str, Any]", *, decoder: Decoder) -> DesiredLoadBalancer:
    """Read an AlbConfig.

    Raises:
        BuildError: a value has the wrong type, or a listener is incomplete.
    """
    try:
        decoded = decoder.decode(spec, SPEC)
    except GoDecodeError as error:
        message = f"unmarshalling albconfig error: {error}"
        raise BuildError(message) from error
    config = decoded["config"]
    listeners = {each.key: each for each in map(_listener, decoded["listeners"])}
    return DesiredLoadBalancer(
        reused_id=config["id"],
        name=config["name"] or name,
        edition=_edition(config["edition"] or "Standard"),
        forces=bool(config["forceOverride"]),
        overrides=bool(config["forceOverride"] or config["listenerForceOverride"]),
        listeners=tuple(listeners.values()),
    )


def _edition(named: str) -> str:
    match named:
        case "Standard" | "StandardWithWaf" | "Extensible":
            return named
        case _:
            message = f"LoadBalancer Edition: {named} can't use for ingress controller"
            raise BuildError(message)


def _listener(spec: "Mapping[str, Any]") -> DesiredListener:
    port, protocol = spec["port"], spec["protocol"]
    if not port or protocol not in get_args(Protocol):
        # What a wrong indentation leads to: caEnabled as an item of its own.
        message = f"Listener is not fulfilled yet: {port}-{protocol}"
        raise BuildError(message)
    authorities = spec["caCertificates"]
    return DesiredListener(
        port=port,
        protocol=protocol,
        ca_enabled=spec["caEnabled"],
        ca_certificate_ids=None if authorities is None else tuple(each["CertificateId"] for each in authorities),
        certificate_ids=_server_certificates(spec) if protocol != "HTTP" else (),
        attributes=_attributes(spec),
    )


def _server_certificates(spec: "Mapping[str, Any]") -> tuple[str, ...]:
    # More than one default is no default (LBC listener.go: buildSDKCertificates).
    ids = [each["CertificateId"] for each in spec["certificates"]]
    defaults = [each["CertificateId"] for each in spec["certificates"] if each["IsDefault"]]
    if spec["defaultCertificate"]["certificateId"]:
        defaults = [spec["defaultCertificate"]["certificateId"]]
    default = defaults or ids[:1]
    if len(default) != 1:
        return ()
    return (default[0], *(each for each in dict.fromkeys(ids) if each != default[0]))


def _attributes(spec: "Mapping[str, Any]") -> dict[str, Any]:
    protocol = spec["protocol"]
    quic = spec["quicConfig"]
    upgrade = {"QuicUpgradeEnabled": True, "QuicListenerId": quic["quicListenerId"]}
    return {
        "security_policy_id": (spec["securityPolicyId"] or _SECURITY_POLICY) if protocol == "HTTPS" else "",
        "gzip_enabled": spec["gzipEnabled"] is not False,
        "http2_enabled": spec["http2Enabled"] is not False,
        "idle_timeout": spec["idleTimeout"] or _IDLE_SECONDS,
        "request_timeout": spec["requestTimeout"] or _REQUEST_SECONDS,
        "description": spec["description"] or f"{OWN_DESCRIPTION}-{spec['port']}",
        "quic": upgrade if quic["quicUpgradeEnabled"] else {},
        "x_forwarded_for": {name: value for name, value in spec["xForwardedForConfig"].items() if value},
    }
