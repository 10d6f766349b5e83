"""Certificates for tests, as the program issues them."""

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from alb_mtls.pki.client import issue_client
from alb_mtls.pki.encoding import certificate_pem
from alb_mtls.pki.key_spec import KeySpec
from alb_mtls.pki.keys import PrivateKey, generate_private_key, private_key_pem
from alb_mtls.pki.root import issue_root
from alb_mtls.pki.subject import Subject

P256 = KeySpec(algorithm="ecdsa", curve="P-256")
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
ROOT_SUBJECT = Subject(
    country="CN",
    state="bj",
    locality="bj",
    organization="alibaba",
    organizational_unit="test",
    common_name="root",
    email="root@ali.example",
)


@dataclass(frozen=True, kw_only=True)
class ClientCredential:
    """A certificate with its key, and what is sent beside it."""

    certificate: x509.Certificate
    key: PrivateKey
    chain: tuple[x509.Certificate, ...] = ()

    @property
    def pem(self) -> str:
        """The certificate and its chain."""
        return "".join(map(certificate_pem, (self.certificate, *self.chain)))

    @property
    def der(self) -> bytes:
        """The certificate alone."""
        return self.certificate.public_bytes(Encoding.DER)

    def write(self, folder: Path, name: str) -> tuple[Path, Path]:
        """Write certificate and key; return both files."""
        certificate, key = folder / f"{name}.crt", folder / f"{name}.key"
        certificate.write_text(self.pem)
        key.touch(mode=0o600)
        key.write_text(private_key_pem(self.key))
        return certificate, key

    def load_into(self, context: ssl.SSLContext, folder: Path) -> None:
        """Let a TLS context present it."""
        context.load_cert_chain(*self.write(folder, "presented"))


def make_root(
    spec: KeySpec = P256, *, subject: Subject = ROOT_SUBJECT, days: int = 3650, now: datetime = NOW
) -> ClientCredential:
    """Return a root CA as the program makes it."""
    key = generate_private_key(spec)
    return ClientCredential(
        certificate=issue_root(key=key, subject=subject, validity=timedelta(days=days), now=now), key=key
    )


def make_client(
    root: ClientCredential, spec: KeySpec = P256, *, name: str = "alice", days: int = 365, now: datetime = NOW
) -> ClientCredential:
    """Return a client of `root` as the program makes it."""
    key = generate_private_key(spec)
    certificate = issue_client(
        issuer_certificate=root.certificate,
        issuer_key=root.key,
        public_key=key.public_key(),
        subject=Subject(common_name=name, email=f"{name}@ali.example"),
        sans=[x509.DNSName(f"{name}.example")],
        validity=timedelta(days=days),
        now=now,
    )
    return ClientCredential(certificate=certificate, key=key)


def signing_request(key: PrivateKey, name: str) -> x509.CertificateSigningRequest:
    """Return a request for `name`."""
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    return x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, hashes.SHA256())
