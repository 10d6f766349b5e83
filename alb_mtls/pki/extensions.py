"""The extensions that root and client share (RFC 5280, 4.2.1), and reading those of any certificate."""

from typing import TypeVar

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from alb_mtls.pki.keys import PublicKey

_Extension = TypeVar("_Extension", bound=x509.ExtensionType)

CA_BASIC_CONSTRAINTS = x509.BasicConstraints(ca=True, path_length=None)
CLIENT_BASIC_CONSTRAINTS = x509.BasicConstraints(ca=False, path_length=None)
CLIENT_USAGE = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH])


def key_usage(*, signs_certificates: bool) -> x509.KeyUsage:
    """Return the key usage of a CA, which signs certificates and CRLs, or of a client, which signs handshakes."""
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


def subject_key_identifier(public_key: PublicKey) -> x509.SubjectKeyIdentifier:
    """Return the SHA-1 of the key's bits (RFC 5280, 4.2.1.2, method 1)."""
    return x509.SubjectKeyIdentifier.from_public_key(public_key)


def authority_key_identifier(issuer: x509.SubjectKeyIdentifier) -> x509.AuthorityKeyIdentifier:
    """Return the key identifier of the issuer, without name and serial: those would tie a chain to one path."""
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(issuer)


def issuer_key_identifier(issuer: x509.Certificate) -> x509.SubjectKeyIdentifier:
    """Return the issuer's own key identifier, or the computed one for a CA without extensions."""
    own = extension_of(issuer, x509.SubjectKeyIdentifier)
    return x509.SubjectKeyIdentifier.from_public_key(issuer.public_key()) if own is None else own


def extension_of(certificate: x509.Certificate, kind: type[_Extension]) -> _Extension | None:
    """Return the value of an extension; None when the certificate has none of that kind."""
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None


def is_ca(certificate: x509.Certificate) -> bool:
    """Say whether a certificate says that it is a CA; one of version 1 says nothing."""
    constraints = extension_of(certificate, x509.BasicConstraints)
    return constraints is not None and constraints.ca
