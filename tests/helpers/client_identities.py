"""CAs and clients for handshakes: those that get in, and each kind that must not."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from alb_mtls.pki.keys import PrivateKey
from alb_mtls.pki.subject import Subject
from tests.helpers.certificates import ClientCredential, make_root

_ORGANIZATION = "alibaba"


def authority(common_name: str) -> ClientCredential:
    """Make a root CA; two of the same name have different keys."""
    return make_root(subject=Subject(organization=_ORGANIZATION, common_name=common_name), now=datetime.now(UTC))


def client(
    issuer: ClientCredential,
    *,
    days: tuple[int, int] = (-1, 30),
    usage: ObjectIdentifier | None = ExtendedKeyUsageOID.CLIENT_AUTH,
    chain: tuple[x509.Certificate, ...] = (),
) -> ClientCredential:
    key = ec.generate_private_key(ec.SECP256R1())
    builder = _builder(_name("alice"), issuer.certificate.subject, key, days=days)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    if usage is not None:
        builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
    return ClientCredential(certificate=builder.sign(issuer.key, hashes.SHA256()), key=key, chain=chain)


def cross_certificate(
    subject: ClientCredential, issuer: ClientCredential, *, path_length: int | None = None
) -> x509.Certificate:
    """Certify the key of one root CA by another one."""
    builder = _builder(
        subject.certificate.subject, issuer.certificate.subject, subject.key, days=(-1, 30)
    ).add_extension(x509.BasicConstraints(ca=True, path_length=path_length), critical=True)
    return builder.sign(issuer.key, hashes.SHA256())


REFUSED: "dict[str, Callable[[ClientCredential], ClientCredential | None]]" = {
    "no certificate": lambda _: None,
    "another CA": lambda _: client(authority("another")),
    "another CA of the same name": lambda ca: client(authority(common_name(ca))),
    "an expired certificate": lambda ca: client(ca, days=(-10, -1)),
    "a certificate of the future": lambda ca: client(ca, days=(1, 10)),
    "a certificate for servers": lambda ca: client(ca, usage=ExtendedKeyUsageOID.SERVER_AUTH),
}
"""What a listener must refuse: how to make such a client by the CA that the listener has."""

ALLOWED: "dict[str, Callable[[ClientCredential], ClientCredential]]" = {
    "a client of the CA": client,
    "a client of the CA without extended key usage": lambda ca: client(ca, usage=None),
}
"""What a listener must accept."""


def common_name(identity: ClientCredential) -> str:
    return str(identity.certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value)


def _name(common_name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, _ORGANIZATION),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def _builder(
    subject: x509.Name, issuer: x509.Name, key: PrivateKey, *, days: tuple[int, int]
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    start, end = (now + timedelta(days=each) for each in days)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(end)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
