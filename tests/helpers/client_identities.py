"""CAs and clients for handshakes: those that get in, and each kind that must not."""

import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

_PEM = serialization.Encoding.PEM


@dataclass(frozen=True, kw_only=True)
class ClientCredential:
    """A certificate with its key, and what is sent beside it."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey
    chain: tuple[x509.Certificate, ...] = ()

    @property
    def pem(self) -> str:
        """The certificate and its chain."""
        return "".join(each.public_bytes(_PEM).decode() for each in (self.certificate, *self.chain))

    @property
    def der(self) -> bytes:
        """The certificate alone."""
        return self.certificate.public_bytes(serialization.Encoding.DER)

    def write(self, folder: Path, name: str) -> tuple[Path, Path]:
        """Write certificate and key; return both files."""
        certificate, key = folder / f"{name}.crt", folder / f"{name}.key"
        certificate.write_text(self.pem)
        key.touch(mode=0o600)
        key.write_bytes(self.key.private_bytes(_PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
        return certificate, key

    def load_into(self, context: ssl.SSLContext, folder: Path) -> None:
        """Let a TLS context present this identity."""
        context.load_cert_chain(*self.write(folder, "presented"))


def authority(common_name: str) -> ClientCredential:
    """Make a root CA; two of the same name have different keys."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name(common_name)
    builder = _builder(name, name, key, days=(-1, 30))
    profiled = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    return ClientCredential(certificate=profiled.sign(key, hashes.SHA256()), key=key)


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


def cross_certificate(subject: ClientCredential, issuer: ClientCredential) -> x509.Certificate:
    """Certify the key of one root CA by another one."""
    builder = _builder(
        subject.certificate.subject, issuer.certificate.subject, subject.key, days=(-1, 30)
    ).add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    return builder.sign(issuer.key, hashes.SHA256())


REFUSED: "dict[str, Callable[[ClientCredential], ClientCredential | None]]" = {
    "no certificate": lambda _: None,
    "another CA": lambda _: client(authority("foreign")),
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
"""What a listener must let in."""


def common_name(identity: ClientCredential) -> str:
    return str(identity.certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value)


def _name(common_name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "alibaba"),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, *, days: tuple[int, int]
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
