"""Who signs probe clients: a CA of ours, or one made in memory that no listener knows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from alb_mtls.handshake.credentials import ClientCredential, ClientNames
from alb_mtls.pki.extensions import (
    CA_BASIC_CONSTRAINTS,
    CLIENT_BASIC_CONSTRAINTS,
    CLIENT_USAGE,
    authority_key_identifier,
    issuer_key_identifier,
    key_usage,
    subject_key_identifier,
)
from alb_mtls.pki.keys import PrivateKey

_DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class ProbeIssuer:
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


def issuer_with(
    certificate: x509.Certificate, key: PrivateKey, names: ClientNames, *, sent: Sequence[x509.Certificate] = ()
) -> ProbeIssuer:
    """Return a CA that signs clients of these names, who send these certificates beside their own."""
    identifier = issuer_key_identifier(certificate)
    return ProbeIssuer(name=certificate.subject, key=key, identifier=identifier, names=names, sent=sent)


def other_ca(
    name: x509.Name, now: datetime, names: ClientNames, identifier: x509.SubjectKeyIdentifier | None = None
) -> ProbeIssuer:
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
    return ProbeIssuer(name=name, key=key, identifier=identifier, names=names, sent=[certificate])


def self_signed(names: ClientNames, life: tuple[datetime, datetime]) -> ClientCredential:
    """Make a client that nobody vouches for."""
    key = ec.generate_private_key(ec.SECP256R1())
    own = ProbeIssuer(name=names.subject, key=key, identifier=subject_key_identifier(key.public_key()), names=names)
    return own.issue(life, key=key)


def named(common_name: str) -> x509.Name:
    """Return a DN of one commonName."""
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
