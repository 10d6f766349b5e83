"""Certificates for tests, as the program issues them."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from alb_mtls.pki.client import issue_client
from alb_mtls.pki.key_spec import KeySpec
from alb_mtls.pki.keys import PrivateKey, generate_private_key
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
    """A certificate with its key."""

    certificate: x509.Certificate
    key: PrivateKey


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
