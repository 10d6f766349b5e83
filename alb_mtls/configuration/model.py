"""The settings as the program uses them: frozen, complete, every default filled in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

from alb_mtls.certificate_resources import RootCaSource
from alb_mtls.cluster.acceptance import AcceptedFinding
from alb_mtls.cluster.identity_headers import IdentityHeaders
from alb_mtls.cluster.listener_key import ListenerKey
from alb_mtls.listener_resources import ProofSettings, Write
from alb_mtls.pki.duration import length_of
from alb_mtls.pki.key_spec import KeySpec
from alb_mtls.pki.pem import all_but_last
from alb_mtls.pki.subject import Subject
from alb_mtls.resources import AlbApi


@dataclass(frozen=True, kw_only=True)
class RootCaSettings:
    """One generation of the root CA and where it comes from.

    Attributes:
        validity: a duration such as `3650d`; of a generated one, as are `subject` and `key`.
        named_after_stack: its commonName is the default, made of project and stack.
        identifier: of a purchased one in CAS.
        permits_no_ca: its pathLen is 0, so nobody accepts a cross certificate that it signs.
        described_at: key of the configuration: `rootCa`, or an entry of its `generations`.
    """

    source: RootCaSource
    generation: int
    subject: Subject | None
    named_after_stack: bool
    key: KeySpec
    validity: str
    certificate_pem: str | None
    key_file: str | None
    identifier: str | None
    protect: bool
    permits_no_ca: bool = False
    described_at: str = "rootCa"

    @property
    def between_pem(self) -> str | None:
        """What its clients send between their own certificate and the root; None where the CA is the root."""
        return None if self.certificate_pem is None else all_but_last(self.certificate_pem)

    @property
    def can_issue(self) -> bool:
        """Say whether client certificates can be signed: a purchased CA and one without its key cannot."""
        return self.source == "generated" or (self.source == "imported" and self.key_file is not None)


@dataclass(frozen=True, kw_only=True)
class Generations:
    """All generations of the root CA that the configuration lists.

    Attributes:
        root_cas: by number, ascending; never none.
        trusted: number of the one that the listeners trust.
        compromised: numbers of those whose key is in wrong hands.
        abandoned: numbers of those whose clients may be rejected from now on.
    """

    root_cas: tuple[RootCaSettings, ...]
    trusted: int
    compromised: tuple[int, ...] = ()
    abandoned: tuple[int, ...] = ()

    @property
    def trusted_ca(self) -> RootCaSettings:
        """The one that the listeners trust."""
        return next(one for one in self.root_cas if one.generation == self.trusted)

    @property
    def newest(self) -> RootCaSettings:
        """The one that signs all clients."""
        return self.root_cas[-1]

    @property
    def given_up(self) -> tuple[int, ...]:
        """Numbers of those whose clients may be rejected, for whatever reason."""
        return tuple(sorted({*self.compromised, *self.abandoned}))

    @property
    def cross_signer(self) -> RootCaSettings | None:
        """The older one of a rollover, when it can certify the newest; None without a rollover, or when it cannot."""
        if len(self.root_cas) < 2 or self.newest.source == "purchased":  # noqa: PLR2004 - the two of a rollover
            return None
        older = self.root_cas[-2]
        return older if older.can_issue and not older.permits_no_ca else None


@dataclass(frozen=True, kw_only=True)
class SecretName:
    """Where a client's bundle goes as a `kubernetes.io/tls` Secret."""

    namespace: str
    name: str


@dataclass(frozen=True, kw_only=True)
class ClientSettings:
    """One client. At most one of `csr_pem` and `certificate_pem` is set; with neither, the key is made here.

    Attributes:
        validity: a duration such as `365d`.
        renew_before: a share of the life (`33%`) or a duration.
        rotate_key: a renewed certificate gets a new key, where the key is made here.
    """

    name: str
    subject: Subject
    sans: tuple[str, ...]
    key: KeySpec
    validity: str
    renew_before: str
    rotate_key: bool
    csr_pem: str | None
    certificate_pem: str | None
    kubernetes_secret: SecretName | None


@dataclass(frozen=True, kw_only=True)
class FleetSettings:
    """Many clients that differ in their name alone, and in their key.

    Attributes:
        clients: each with the fleet's name and a slash before its own.
        kept: clients whose request is skipped because it cannot be used today; `<fleet>/*` where it is not known whose
            it is. What they hold stays in force.
    """

    name: str
    clients: tuple[ClientSettings, ...]
    kept: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class CasSettings:
    """The site of the Certificate Management Service and the repository in it.

    Attributes:
        endpoint: URL, however it was configured; empty when none is.
        repository: its name when the user gave it, else the stem to which the id of the deployment adds the rest.
        repository_owned: false when the user gave the name: adopted, never deleted.
    """

    endpoint: str
    repository: str
    repository_owned: bool


@dataclass(frozen=True, kw_only=True)
class ListenerSettings:
    """One listener of one AlbConfig.

    Attributes:
        take_over: identifier of the CA, or id of the deployment, that may be taken over; None for nobody.
        connect_to: where it is reached, each `host:port`; empty for the ALB's own address.
        identity_headers: that pass on who the client is; None for none.
        hosts: that may be on it, in lower case, `*` for rules without one; None allows all.
        write: `none` where Git owns the AlbConfig, and a person commits what an `up` prints.
    """

    key: ListenerKey
    take_over: str | None
    connect_to: tuple[str, ...]
    identity_headers: IdentityHeaders | None = None
    hosts: tuple[str, ...] | None = None
    write: Write = "patch"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything that the program needs to know, read once.

    Attributes:
        alb_editions: of ALBs that may authenticate clients.
        accepted: in the order of the configuration, those that have ended among them.
        access: values of the `alicloud` and `kubernetes` namespaces by full key, credentials among them.
        preview: nothing will be signed or changed.
    """

    project: str
    stack: str
    enabled: bool
    generations: Generations
    clients: tuple[ClientSettings, ...]
    fleets: tuple[FleetSettings, ...]
    cas: CasSettings
    alb: AlbApi
    alb_editions: tuple[str, ...]
    listeners: tuple[ListenerSettings, ...]
    proof: ProofSettings
    on_bypass: Literal["warn", "fail"]
    accepted: tuple[AcceptedFinding, ...]
    cluster_id: str | None
    access: Mapping[str, str] = field(repr=False)
    warnings: tuple[str, ...]
    preview: bool

    @property
    def root_cas(self) -> tuple[RootCaSettings, ...]:
        """All generations of the root CA, the oldest first."""
        return self.generations.root_cas

    @property
    def root_ca(self) -> RootCaSettings:
        """The generation of the root CA that the listeners trust."""
        return self.generations.trusted_ca

    @property
    def everybody(self) -> tuple[ClientSettings, ...]:
        """All clients, those of fleets last."""
        return (*self.clients, *(client for fleet in self.fleets for client in fleet.clients))

    @property
    def lives(self) -> dict[str, timedelta]:
        """How long certificates live that are issued here, by client, or by `fleet NAME` for all of a fleet."""
        lives = {one.name: length_of(one.validity) for one in self.clients if one.certificate_pem is None}
        return lives | {f"fleet {one.name}": length_of(one.clients[0].validity) for one in self.fleets if one.clients}

    def identity_headers_of(self, key: ListenerKey) -> IdentityHeaders | None:
        """Return the headers of a listener that pass on who the client is; None for none."""
        return next((one.identity_headers for one in self.listeners if one.key == key), None)

    def write_of(self, key: ListenerKey) -> Write:
        """Return who writes the AlbConfig of a listener."""
        return next((one.write for one in self.listeners if one.key == key), "patch")

    @property
    def owner(self) -> str:
        """Who holds a claim on a listener: this project and stack."""
        return f"{self.project}/{self.stack}"
