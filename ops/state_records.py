"""What a state holds of one client, one cross certificate and one listener."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from alb_mtls.cluster.identity_headers import HeaderFields
from alb_mtls.cluster.listener_key import ListenerKey
from alb_mtls.listener_resources import ListenerClaimOutputs, ListenerSwitchInputs, ListenerSwitchOutputs, Write
from alb_mtls.pki.renewal import Renewal


@dataclass(frozen=True, kw_only=True)
class ClientRecord:
    """A client of the stack, with the certificate that it holds now.

    Attributes:
        chain_pem: the certificate and what the client must send with it.
        private_key_pem: None when the client keeps its key.
        renewal: when an `up` renews it; None when none does: it was brought ready made, or ends with its root CA.
        validity: as configured; None for a certificate that was brought ready made, as is `generation`.
        generation: of the root CA that signed it.
    """

    name: str
    certificate_pem: str
    chain_pem: str
    private_key_pem: str | None = field(repr=False)
    renewal: Renewal | None
    validity: timedelta | None = None
    generation: int | None = None


@dataclass(frozen=True, kw_only=True)
class CrossRecord:
    """A cross certificate: the key of a newer generation of the root CA, certified by an older one.

    Attributes:
        generation: number of the newer one.
        outlives: validity of the longest-lived client; with less than that left, an `up` renews it.
        ends: number and end of both generations.
        in_use: a listener trusts the older one, so clients are rejected without it.
    """

    generation: int
    signer_generation: int
    pem: str
    outlives: timedelta
    ends: tuple[tuple[int, datetime], ...]
    in_use: bool


@dataclass(frozen=True, kw_only=True)
class DeployedListener:
    """A listener that this stack claims, and what the last `up` made of it.

    Attributes:
        desired: what the last `up` was to make of it: the inputs, since a refresh writes what it finds at the
            listener into the outputs. None when no `up` has switched it yet, as is `switch`.
    """

    claim: ListenerClaimOutputs
    desired: ListenerSwitchInputs | None
    switch: ListenerSwitchOutputs | None

    @property
    def key(self) -> ListenerKey:
        """Which listener it is."""
        return self.claim.listener

    @property
    def enabled(self) -> bool | None:
        """Whether it should request client certificates; None when no `up` has switched it yet."""
        return None if self.desired is None else self.desired.enabled

    @property
    def proven(self) -> bool:
        """Whether handshakes have shown what the last `up` made of it."""
        return self.switch is not None and self.switch.proven

    @property
    def proven_at(self) -> str | None:
        """Since when, ISO 8601."""
        return None if self.switch is None else self.switch.proven_at

    @property
    def token(self) -> str:
        """Of the claim in the cluster."""
        return self.claim.token if self.desired is None else self.desired.token

    @property
    def ca_identifier(self) -> str | None:
        """The CA that it should check clients with; None when no `up` has switched it yet."""
        return None if self.desired is None else self.desired.ca_identifier

    @property
    def known_ca_identifiers(self) -> tuple[str, ...]:
        """Every CA that this stack has bound to it, or was about to: a killed run may have bound one of them."""
        return tuple(dict.fromkeys((*self.claim.ca_identifiers, *self.claim.known)))

    @property
    def headers(self) -> HeaderFields:
        """The keys of identity headers as they should be."""
        headers = None if self.desired is None else self.desired.identity_headers
        return {} if headers is None else headers.fields

    @property
    def write(self) -> Write:
        """Who writes its AlbConfig, as `listeners[].write` has it; states of earlier versions know no other than us."""
        return (self.claim if self.desired is None else self.desired).write or "patch"

    @property
    def is_of_git(self) -> bool:
        """Whether Git owns its AlbConfig, so that no `up` writes to it (`write: none`)."""
        return self.write == "none"

    @property
    def ca_certificate_pem(self) -> str | None:
        """The certificate of that CA; None for a purchased one, which only CAS has."""
        return None if self.desired is None else self.desired.ca_certificate_pem
