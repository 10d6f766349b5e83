"""What the ALB keeps: load balancers and listeners."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, Literal

REGION: Final = "ap-southeast-1"
"""The one region of the lab."""

Protocol = Literal["HTTP", "HTTPS", "QUIC"]
Status = Literal["Configuring", "Running"]


@dataclass(kw_only=True)
class LoadBalancer:
    """A load balancer; always Active here.

    Attributes:
        edition: any text, for the console may know one that nobody here does.
        service_managed: made by a controller, so that others may not change its listeners.
        albconfig: the AlbConfig that a controller has tagged it with, or empty.
    """

    load_balancer_id: str
    name: str
    edition: str
    dns_name: str = ""
    service_managed: bool = False
    albconfig: str = ""
    status: str = "Active"
    created: datetime = field(default_factory=lambda: datetime.now(UTC))


@dataclass(kw_only=True)
class Listener:
    """A listener.

    Attributes:
        status: Configuring from a change until the data plane has it.
        revision: counts changes; what the data plane settles.
        ca_enabled: whether a client certificate is requested.
        ca_certificate_ids: none or one; kept while `ca_enabled` is false.
        certificate_ids: server certificates, the first one is the default.
        x_forwarded_for: members of XForwardedForConfig, by their names in the API.
        quic: members of QuicConfig, by their names in the API.
        request_timeout: seconds.
        idle_timeout: seconds.
    """

    listener_id: str
    load_balancer_id: str
    port: int
    protocol: Protocol
    status: Status = "Configuring"
    revision: int = 1
    ca_enabled: bool = False
    ca_certificate_ids: list[str] = field(default_factory=list)
    certificate_ids: list[str] = field(default_factory=list)
    security_policy_id: str = ""
    x_forwarded_for: dict[str, Any] = field(default_factory=dict)
    quic: dict[str, Any] = field(default_factory=dict)
    request_timeout: int = 60
    idle_timeout: int = 15
    gzip_enabled: bool = True
    http2_enabled: bool = True
    description: str = ""

    @property
    def label(self) -> str:
        """Port and protocol, such as `443/HTTPS`."""
        return f"{self.port}/{self.protocol}"


@dataclass(kw_only=True)
class Change:
    """One change of a listener.

    Attributes:
        listener: its port and protocol, such as `443/HTTPS`.
        revision: that the change has made.
        begun: when the ALB took it.
        running: when the data plane served it and the listener was Running again; None as long as it is not, or when
            another change came first.
    """

    load_balancer_id: str
    listener_id: str
    listener: str
    revision: int
    begun: datetime = field(default_factory=lambda: datetime.now(UTC))
    running: datetime | None = None
