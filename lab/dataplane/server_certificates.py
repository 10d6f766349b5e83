"""The lab's own CA for server certificates, and the one certificate that all listeners show."""

import ipaddress
import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

# An identifier of the shape that AlbConfig.certificates has (docs/facts/alibaba-cloud.md, Identifiers).
SERVER_CERTIFICATE_ID = "10273654-cn-hangzhou"
SERVER_NAME = "demo.alb.ingress.top"

_NAMES: tuple[x509.GeneralName, ...] = (
    x509.DNSName(SERVER_NAME),
    x509.DNSName("*.alb.ingress.top"),
    x509.DNSName("localhost"),
    x509.IPAddress(ipaddress.ip_address("127.0.0.1")),
    x509.IPAddress(ipaddress.ip_address("::1")),
)
_LIFE = timedelta(days=30)


@dataclass(frozen=True, kw_only=True)
class ServerCertificate:
    """Files of the server certificate.

    Attributes:
        certificate: chain in PEM.
        key: private key in PEM, mode 0600.
        authority: the CA that clients verify it with, in PEM.
    """

    certificate: Path
    key: Path
    authority: Path


def make_server_certificate(folder: Path, *, authority: Path) -> ServerCertificate:
    """Make a CA and a certificate for the lab's hosts and loopback addresses, new for each lab.

    The CA's key is thrown away: nothing else is ever issued by it.

    Args:
        folder: where certificate and key are written; made with mode 0700.
        authority: file for the CA certificate.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    start = datetime.now(UTC) - timedelta(minutes=5)
    ca_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    ca_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "alb-mtls lab server CA")])
    ca = (
        _builder(ca_name, ca_name, ca_key.public_key(), start)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(signs_certificates=True), critical=True)
        .sign(ca_key, hashes.SHA256())
    )
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, SERVER_NAME)])
    leaf = (
        _builder(name, ca_name, key.public_key(), start)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(_NAMES), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key()), critical=False)
        .sign(ca_key, hashes.SHA256())
    )
    files = ServerCertificate(certificate=folder / "server.crt", key=folder / "server.key", authority=authority)
    pem = serialization.Encoding.PEM
    authority.write_bytes(ca.public_bytes(pem))
    files.certificate.write_bytes(leaf.public_bytes(pem))
    descriptor = os.open(files.key, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    return files


def _builder(
    subject: x509.Name, issuer: x509.Name, public_key: ec.EllipticCurvePublicKey, start: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + _LIFE)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
    )


def _key_usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )
