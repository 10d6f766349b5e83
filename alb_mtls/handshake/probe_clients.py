"""Certificates for probes: made in memory, minutes of life, never stored."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypedDict

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from alb_mtls.pki.extensions import (
    CA_BASIC_CONSTRAINTS,
    CLIENT_BASIC_CONSTRAINTS,
    CLIENT_USAGE,
    authority_key_identifier,
    extension_of,
    issuer_key_identifier,
    key_usage,
    subject_key_identifier,
)
from alb_mtls.pki.keys import PrivateKey

PROBE_NAME = "alb-mtls probe"
SHORTEST_LIFE = timedelta(minutes=15)

# Whoever verifies may have a clock that is wrong by hours; by a day and more it has other troubles.
_SKEW = timedelta(hours=1)
_DAY = timedelta(days=1)
# Beyond the deadlines, the last round may still be under way.
_SPARE_LIFE = timedelta(minutes=15)
_SERVER_USAGE = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])


def life_of_clients(seconds: float) -> timedelta:
    """Return how long the certificate of a proof's client must be valid.

    It is made before the first request: first the ALB may take that long to follow, then the handshakes.
    """
    return 2 * timedelta(seconds=seconds) + _SPARE_LIFE


@dataclass(frozen=True, kw_only=True)
class ClientCredential:
    """A client certificate with its key, as it is shown to a server.

    Attributes:
        chain: the client's own certificate first, then what is sent beside it.
        key: of the first.
    """

    chain: Sequence[x509.Certificate]
    key: PrivateKey = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class ClientNames:
    """What a client is called in its certificate.

    Attributes:
        subject: its DN.
        sans: its subject alternative names; None for none.
    """

    subject: x509.Name
    sans: x509.SubjectAlternativeName | None = None


@dataclass(frozen=True, kw_only=True)
class ProbeClients:
    """Clients of every kind; None where one cannot be made without the CA's key.

    Attributes:
        valid: must be accepted.
        given: must be accepted too: a client that exists, beside one that was made with the CA's key.
        other_ca: of a CA that the listener does not know.
        other_ca_same_name: of another CA that copies name and key identifier of ours; None where that name is not
            known.
        self_signed: by itself, with the names of the valid one.
        expired: of our CA, ended a day ago.
        not_yet_valid: of our CA, begins in a day.
        wrong_eku: of our CA, for servers only (extended key usage serverAuth): a CA that signs servers too has many.
    """

    valid: ClientCredential | None
    given: ClientCredential | None = None
    other_ca: ClientCredential
    other_ca_same_name: ClientCredential | None
    self_signed: ClientCredential
    expired: ClientCredential | None
    not_yet_valid: ClientCredential | None
    wrong_eku: ClientCredential | None


def probe_clients_of(
    ca_certificate: x509.Certificate,
    ca_key: PrivateKey | None,
    now: datetime,
    *,
    given: ClientCredential | None = None,
    names: ClientNames | None = None,
    life: timedelta = SHORTEST_LIFE,
) -> ProbeClients:
    """Make clients that probe a listener.

    Args:
        ca_certificate: that the listener is to trust.
        ca_key: its key; None when it is not at hand, and then only clients of other CAs are made.
        now: aware, in UTC.
        given: a client that exists already: the valid one where the CA's key is not at hand, else one beside it.
        names: of a client of that CA, which a new one bears too where the CA permits certain names only.
        life: of a new one, longer than whatever it is made for.
    """
    identifier = issuer_key_identifier(ca_certificate)
    if ca_key is None:
        others = _of_other_cas(now, life, given, ca_certificate.subject, identifier)
        return ProbeClients(valid=given, **others, expired=None, not_yet_valid=None, wrong_eku=None)
    names = _names_under(ca_certificate, names)
    ours = _Issuer(name=ca_certificate.subject, key=ca_key, identifier=identifier, names=names)
    # A CA made a moment ago must not have a client older than itself, and none outlives its CA.
    begin = max(now - _SKEW, ca_certificate.not_valid_before_utc)
    within = (begin, min(now + life, ca_certificate.not_valid_after_utc))
    valid = ours.issue(within)
    return ProbeClients(
        valid=valid,
        given=given,
        **_of_other_cas(now, life, given or valid, ca_certificate.subject, identifier),
        expired=ours.issue((now - 2 * _DAY, now - _DAY)),
        not_yet_valid=ours.issue((now + _DAY, now + 2 * _DAY)),
        wrong_eku=ours.issue(within, usage=_SERVER_USAGE),
    )


def probe_clients_of_unknown_ca(
    now: datetime, *, valid: ClientCredential | None = None, life: timedelta = SHORTEST_LIFE
) -> ProbeClients:
    """Make clients that probe a listener whose CA is known by its clients only, if at all.

    Args:
        now: aware, in UTC.
        valid: a client of that CA, whose chain names the CA as the issuer of its last certificate.
        life: of the new ones.
    """
    name, identifier = (None, None) if valid is None else _issuer_of(valid.chain[-1])
    others = _of_other_cas(now, life, valid, name, identifier)
    return ProbeClients(valid=valid, **others, expired=None, not_yet_valid=None, wrong_eku=None)


class _OfOtherCas(TypedDict):
    other_ca: ClientCredential
    other_ca_same_name: ClientCredential | None
    self_signed: ClientCredential


def _of_other_cas(
    now: datetime,
    life: timedelta,
    client: ClientCredential | None,
    ca_name: x509.Name | None,
    ca_identifier: x509.SubjectKeyIdentifier | None,
) -> _OfOtherCas:
    """Make the clients that need nothing of our CA but what everybody can read in a certificate of it."""
    span = (now - _SKEW, now + life)
    names = ClientNames(subject=_name(PROBE_NAME)) if client is None else names_of(client.chain[0])
    same_name = None if ca_name is None else _other_ca(ca_name, now, names, ca_identifier).issue(span)
    return _OfOtherCas(
        other_ca=_other_ca(_name(f"{PROBE_NAME} other CA"), now, ClientNames(subject=_name(PROBE_NAME))).issue(span),
        other_ca_same_name=same_name,
        self_signed=_self_signed(names, span),
    )


def names_of(certificate: x509.Certificate) -> ClientNames:
    """Return what a client is called."""
    sans = extension_of(certificate, x509.SubjectAlternativeName)
    return ClientNames(subject=certificate.subject, sans=sans)


def _names_under(ca_certificate: x509.Certificate, names: ClientNames | None) -> ClientNames:
    """Return names for a client of a CA: its own where all are permitted, else those of a client that it has."""
    constraints = extension_of(ca_certificate, x509.NameConstraints)
    if constraints is not None and names is not None:
        return names
    permitted = () if constraints is None else constraints.permitted_subtrees or ()
    # Every certificate has a DN, and only a constraint of DNs concerns one that has no other name.
    base = next((one.value.rdns for one in permitted if isinstance(one, x509.DirectoryName)), ())
    return ClientNames(subject=x509.Name([*base, *_name(PROBE_NAME).rdns]))


@dataclass(frozen=True, kw_only=True)
class _Issuer:
    """Who signs clients, and what they are called.

    Attributes:
        identifier: of the key, as the clients name it.
        sent: beside each client.
    """

    name: x509.Name
    key: PrivateKey
    identifier: x509.SubjectKeyIdentifier
    names: ClientNames
    sent: Sequence[x509.Certificate] = ()

    def issue(
        self,
        life: tuple[datetime, datetime],
        *,
        usage: x509.ExtendedKeyUsage = CLIENT_USAGE,
        key: ec.EllipticCurvePrivateKey | None = None,
    ) -> ClientCredential:
        """Make a client by the profile of pki.client, but for its life, which is shorter than that allows."""
        key = key or ec.generate_private_key(ec.SECP256R1())
        builder = (
            _builder(self.names.subject, self.name, key.public_key(), life)
            .add_extension(CLIENT_BASIC_CONSTRAINTS, critical=True)
            .add_extension(key_usage(signs_certificates=False), critical=True)
            .add_extension(usage, critical=False)
            .add_extension(subject_key_identifier(key.public_key()), critical=False)
            .add_extension(authority_key_identifier(self.identifier), critical=False)
        )
        if self.names.sans is not None:
            builder = builder.add_extension(self.names.sans, critical=False)
        return ClientCredential(chain=[builder.sign(self.key, hashes.SHA256()), *self.sent], key=key)


def _other_ca(
    name: x509.Name, now: datetime, names: ClientNames, identifier: x509.SubjectKeyIdentifier | None = None
) -> _Issuer:
    """Make a CA that a listener does not know; with `identifier`, one that calls its key by that of another's."""
    key = ec.generate_private_key(ec.SECP256R1())
    identifier = identifier or subject_key_identifier(key.public_key())
    certificate = (
        _builder(name, name, key.public_key(), (now - _DAY, now + _DAY))
        .add_extension(CA_BASIC_CONSTRAINTS, critical=True)
        .add_extension(key_usage(signs_certificates=True), critical=True)
        .add_extension(identifier, critical=False)
        .add_extension(authority_key_identifier(identifier), critical=False)
        .sign(key, hashes.SHA256())
    )
    # The forged CA is sent too: some verifiers have taken what stands in the chain for an anchor (CVE-2023-2422).
    return _Issuer(name=name, key=key, identifier=identifier, names=names, sent=[certificate])


def _self_signed(names: ClientNames, life: tuple[datetime, datetime]) -> ClientCredential:
    key = ec.generate_private_key(ec.SECP256R1())
    own = _Issuer(name=names.subject, key=key, identifier=subject_key_identifier(key.public_key()), names=names)
    return own.issue(life, key=key)


def _issuer_of(certificate: x509.Certificate) -> tuple[x509.Name, x509.SubjectKeyIdentifier | None]:
    """Return name and key identifier of who issued a certificate, as the certificate has them."""
    authority = extension_of(certificate, x509.AuthorityKeyIdentifier)
    identifier = None if authority is None else authority.key_identifier
    return certificate.issuer, None if identifier is None else x509.SubjectKeyIdentifier(identifier)


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, life: tuple[datetime, datetime]
) -> x509.CertificateBuilder:
    begin, end = life
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(end)
    )
