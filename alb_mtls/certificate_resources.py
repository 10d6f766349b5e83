"""Inputs and outputs, as in `resources.py`, of the resources whose certificates and keys lie in the state alone."""

from dataclasses import dataclass, field
from typing import Literal

from alb_mtls.pki.fleets import FleetCounts
from alb_mtls.pki.inventory import BroughtCertificate, CertificateRequest, IssuedCertificate, Issuer, fleet_of
from alb_mtls.pki.key_spec import KeySpec
from alb_mtls.pki.subject import Subject
from alb_mtls.properties import Packed

RootCaSource = Literal["generated", "imported", "purchased"]

_FLEET_CLIENTS = Packed("fleetClients", lambda one: fleet_of(one.name) is not None)
_FLEET_CERTIFICATES = Packed("fleetCertificates", lambda one: fleet_of(one.client) is not None)
_FLEET_KEYS = Packed("fleetPrivateKeys", lambda name: fleet_of(name) is not None)


@dataclass(frozen=True, kw_only=True)
class RootCertificateInputs:
    """One generation of the root CA.

    Attributes:
        subject: of a generated one, as are `key` and `validity` (a duration such as `3650d`).
        named_after_stack: its commonName is the default, made of project and stack: a stack that is renamed keeps it.
        certificate_pem: of an imported one.
    """

    source: RootCaSource
    generation: int
    subject: Subject | None = None
    named_after_stack: bool | None = None
    key: KeySpec | None = None
    validity: str | None = None
    certificate_pem: str | None = None


@dataclass(frozen=True, kw_only=True)
class RootCertificateOutputs(RootCertificateInputs):
    """The certificate, and the key of a generated one (a secret).

    Attributes:
        fingerprint: SHA-256 of the DER, lower-case hex.
        not_before: ISO 8601, as is `not_after`.
    """

    certificate_pem: str = field()  # required, unlike that of the inputs
    private_key_pem: str | None = field(default=None, repr=False)
    fingerprint: str
    not_before: str
    not_after: str


@dataclass(frozen=True, kw_only=True)
class RolloverStep:
    """Where a rollover stands.

    Attributes:
        trusted: generation that the listeners are to trust.
        bound: generations that listeners trust now, as far as that is known.
        enabled: whether the listeners are to request client certificates.
        of_git: a listener is swapped by a commit to Git, whenever that comes, and not by the `up`.
    """

    trusted: int
    bound: tuple[int, ...] = ()
    enabled: bool = True
    of_git: bool = False


@dataclass(frozen=True, kw_only=True)
class IssuedCertificatesInputs:
    """All that is issued in a stack.

    Attributes:
        issuers: by generation; the last one signs.
        issuer_private_keys: of generated ones, PEM by generation; a secret, and in the inputs only.
        clients: whose certificates are issued, those of fleets last.
        brought: the certificates of clients that bring them ready made; nothing is issued for these.
        rollover: where a rollover stands; None outside of one. For people, and in the inputs only.
        kept: clients of fleets whose request cannot be read today, and is skipped; `<fleet>/*` for all of a fleet. They
            keep what they hold, and are renewed as they were requested last.
    """

    issuers: tuple[Issuer, ...]
    issuer_private_keys: dict[str, str] = field(default_factory=dict, repr=False)
    clients: tuple[CertificateRequest, ...] = field(metadata=_FLEET_CLIENTS.metadata())
    brought: tuple[BroughtCertificate, ...] = ()
    kept: tuple[str, ...] = ()
    rollover: RolloverStep | None = None


@dataclass(frozen=True, kw_only=True)
class IssuedCertificatesOutputs:
    """The inventory: every certificate that was issued here or brought, and has not ended.

    Attributes:
        brought: as in the inputs; what was brought before and is no more is in `certificates`.
        certificates: those in force first, in the order of `clients`; then what was superseded or forgotten.
        private_keys: PEM by client, of those whose key was made here; a secret.
        fleets: how many certificates of each there are, by its name.
    """

    issuers: tuple[Issuer, ...]
    clients: tuple[CertificateRequest, ...] = field(metadata=_FLEET_CLIENTS.metadata())
    certificates: tuple[IssuedCertificate, ...] = field(metadata=_FLEET_CERTIFICATES.metadata())
    private_keys: dict[str, str] = field(default_factory=dict, repr=False, metadata=_FLEET_KEYS.metadata())
    fleets: dict[str, FleetCounts] = field(default_factory=dict)
    brought: tuple[BroughtCertificate, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ClientCertificateOutputs:
    """What a ClientCertificate component says of its client.

    Attributes:
        certificate_pem: of a client that brought it ready made; the inventory has that of any other.
    """

    certificate_pem: str | None = None
