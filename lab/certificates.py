"""Keys of the lab: a CA that signs one server certificate and nothing else, for kube-apiserver and for the listeners.

TinyCA in the manner of envtest (docs/facts/kubernetes.md, Control planes in tests): ECDSA P-256, one week, loopback
only.
"""

import datetime as dt
import ipaddress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from lab.files import write_private
from lab.ports import LOOPBACK

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

# An identifier of the shape that AlbConfig.certificates has (docs/facts/alibaba-cloud.md, Identifiers).
SERVER_CERTIFICATE_ID = "10273654-cn-hangzhou"
SERVER_NAME = "demo.alb.ingress.top"

_CLOCK_SKEW = dt.timedelta(minutes=5)
# A week from now on.
_LIFE = dt.timedelta(days=7) + _CLOCK_SKEW


@dataclass(frozen=True, kw_only=True)
class ServerCertificate:
    """Files of a server, PEM, mode 0600."""

    ca: "Path"
    certificate: "Path"
    key: "Path"

    @property
    def tls(self) -> "tuple[Path, Path]":
        """What a server is started with: certificate and key."""
        return self.certificate, self.key


def make_server_certificate(
    files: ServerCertificate, *, ca_name: str, name: str, sans: "Iterable[x509.GeneralName]"
) -> None:
    """Make a CA and a server certificate; the CA's key is kept nowhere."""
    ca_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    ca_subject = named(ca_name)
    ca = (
        builder_of(ca_subject, ca_subject, ca_key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(key_usage(signs_certificates=True), critical=True)
        .sign(ca_key, hashes.SHA256())
    )
    server = (
        builder_of(named(name), ca_subject, key.public_key())
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(key_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(sans), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key()), critical=False)
        .sign(ca_key, hashes.SHA256())
    )
    write_private(files.ca, ca.public_bytes(Encoding.PEM))
    write_private(files.certificate, server.public_bytes(Encoding.PEM))
    write_private(files.key, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


def make_control_plane_certificate(folder: "Path") -> ServerCertificate:
    """Make the certificate that both kube-apiserver and the proxy show, for 127.0.0.1 and localhost."""
    files = ServerCertificate(ca=folder / "ca.pem", certificate=folder / "server.pem", key=folder / "server-key.pem")
    sans = (_ip_address(LOOPBACK), x509.DNSName("localhost"))
    make_server_certificate(files, ca_name="alb-mtls lab control plane", name="localhost", sans=sans)
    return files


def make_listener_certificate(folder: "Path", *, ca: "Path") -> ServerCertificate:
    """Make the one certificate that all listeners show: for the lab's hosts and loopback addresses."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    files = ServerCertificate(ca=ca, certificate=folder / "server.crt", key=folder / "server.key")
    names = (SERVER_NAME, "*.alb.ingress.top", "localhost")
    sans = (*map(x509.DNSName, names), _ip_address(LOOPBACK), _ip_address("::1"))
    make_server_certificate(files, ca_name="alb-mtls lab server CA", name=SERVER_NAME, sans=sans)
    return files


def make_authority_of_nobody() -> bytes:
    """Make a CA, DER, whose key is kept nowhere and which has signed nothing."""
    key, name = ec.generate_private_key(ec.SECP256R1()), named("alb-mtls lab: no client")
    builder = builder_of(name, name, key.public_key())
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)


def make_service_account_key(folder: "Path") -> "Path":
    """Make the key with which kube-apiserver signs service account tokens."""
    file = folder / "service-account-key.pem"
    key = ec.generate_private_key(ec.SECP256R1())
    # kube-apiserver reads the public half of this file too, which it finds in SEC1 only.
    write_private(file, key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()))
    return file


def _ip_address(text: str) -> x509.IPAddress:
    return x509.IPAddress(ipaddress.ip_address(text))


def named(common_name: str) -> x509.Name:
    """Return a DN of one commonName."""
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def builder_of(
    subject: x509.Name, issuer: x509.Name, public_key: ec.EllipticCurvePublicKey, *, life: dt.timedelta = _LIFE
) -> x509.CertificateBuilder:
    """Return the begin of a certificate, whose life begins a little before now."""
    begin = dt.datetime.now(dt.UTC) - _CLOCK_SKEW
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + life)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
    )


def key_usage(*, signs_certificates: bool) -> x509.KeyUsage:
    """Return the usage of a CA's key, or that of a server or client."""
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
