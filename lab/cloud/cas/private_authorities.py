"""CAs that an account has bought: CAS holds their keys and signs clients with them. Pure."""

import datetime as dt
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from lab.certificates import builder_of, key_usage, named


@dataclass(frozen=True, kw_only=True)
class PrivateAuthority:
    """A subordinate CA that signs clients, and the root CA above it, whose key nobody has any more.

    Attributes:
        key: of the subordinate CA.
        certificate: of the subordinate CA.
        root: that signed it.
    """

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate
    root: x509.Certificate

    @property
    def chain_pem(self) -> str:
        """The subordinate CA, then its root."""
        return certificate_pem(self.certificate) + certificate_pem(self.root)


def certificate_pem(certificate: x509.Certificate) -> str:
    """Return a certificate as PEM."""
    return certificate.public_bytes(Encoding.PEM).decode("ascii")


def new_authority(common_name: str, *, days: int) -> PrivateAuthority:
    """Make a CA that lasts so many days."""
    root_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    root_name, life = named(f"{common_name} root"), dt.timedelta(days=days)
    # The root CA last, so that it ends no earlier.
    certificate = _ca(builder_of(named(common_name), root_name, key.public_key(), life=life))
    root = _ca(builder_of(root_name, root_name, root_key.public_key(), life=life))
    return PrivateAuthority(
        key=key,
        certificate=certificate.sign(root_key, hashes.SHA256()),
        root=root.sign(root_key, hashes.SHA256()),
    )


def issue_client(
    authority: PrivateAuthority, request: x509.CertificateSigningRequest, *, begin: dt.datetime, end: dt.datetime
) -> x509.Certificate:
    """Sign a request for TLS clients; its subject is taken as it is."""
    own = authority.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return (
        x509.CertificateBuilder()
        .subject_name(request.subject)
        .issuer_name(authority.certificate.subject)
        .public_key(request.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(min(end, authority.certificate.not_valid_after_utc))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(key_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(own), critical=False)
        .sign(authority.key, hashes.SHA256())
    )


def _ca(builder: x509.CertificateBuilder) -> x509.CertificateBuilder:
    return builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True).add_extension(
        key_usage(signs_certificates=True), critical=True
    )
