"""CAs and clients with whatever extensions, for what the program itself would never issue."""

from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from alb_mtls.pki.extensions import key_usage
from alb_mtls.pki.keys import PrivateKey, generate_private_key
from tests.helpers.certificates import NOW, P256, ClientCredential

DAY = timedelta(days=1)
Extension = tuple[x509.ExtensionType, bool]
SIGNS: Extension = (key_usage(signs_certificates=True), True)


def ca_of_depth(path_length: int | None = None) -> tuple[Extension, Extension]:
    """Return the extensions that make a certificate a CA."""
    return (x509.BasicConstraints(ca=True, path_length=path_length), True), SIGNS


def issued(
    issuer: ClientCredential | None,
    name: str | x509.Name,
    *extensions: Extension,
    begin: datetime = NOW - DAY,
    end: datetime = NOW + DAY,
    key: PrivateKey | None = None,
    digest: hashes.SHA256 | hashes.SHA384 | hashes.SHA3_256 | None = None,
) -> ClientCredential:
    """Return a certificate with just the extensions given, and its key.

    Args:
        issuer: whoever signs; None for a self-signed one.
        name: the subject, or its commonName.
        extensions: each with its criticality.
        begin: of its life.
        end: of its life.
        key: its own; None makes one.
        digest: that it is signed with; None is SHA-256.
    """
    key = key or generate_private_key(P256)
    common_name = x509.NameOID.COMMON_NAME
    subject = x509.Name([x509.NameAttribute(common_name, name)]) if isinstance(name, str) else name
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject if issuer is None else issuer.certificate.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(end)
    )
    for value, critical in extensions:
        builder = builder.add_extension(value, critical=critical)
    signer = key if issuer is None else issuer.key
    return ClientCredential(certificate=builder.sign(signer, digest or hashes.SHA256()), key=key)


def permitted(*names: x509.GeneralName) -> Extension:
    """Return name constraints that permit these only."""
    return x509.NameConstraints(permitted_subtrees=names, excluded_subtrees=None), True


def excluded(*names: x509.GeneralName) -> Extension:
    """Return name constraints that exclude these."""
    return x509.NameConstraints(permitted_subtrees=None, excluded_subtrees=names), True


def alternative(*names: x509.GeneralName) -> Extension:
    """Return subject alternative names."""
    return x509.SubjectAlternativeName(names), False
