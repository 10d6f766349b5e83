"""Decides what is a certificate that the service takes.

No bound of the real service is published (docs/facts/alibaba-cloud.md, Not documented): the rules are the strictest
that the documents allow. Version 1 CAs pass, because the procedure of the documents makes them.
"""

import re
import warnings
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, SECP384R1, SECP521R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.utils import CryptographyDeprecationWarning
from cryptography.x509.oid import PublicKeyAlgorithmOID

from lab.cloud.cas.exceptions import CertificateFormatError, PrivateKeyRejected

_LONGEST_LINE: Final = 64
# Lost or doubled line ends are what people run into with the real service (docs/facts/alibaba-cloud.md, Line ends).
_CHAIN: Final = re.compile(
    r"(-----BEGIN CERTIFICATE-----\r?\n"
    rf"([A-Za-z0-9+/=]{{1,{_LONGEST_LINE}}}\r?\n)+"
    r"-----END CERTIFICATE-----(\r?\n|\Z))+"
)


def parse_certificate(pem: str) -> x509.Certificate:
    """Return the first certificate of a PEM chain, after a look at all of them.

    Raises:
        PrivateKeyRejected: there is a private key in it.
        CertificateFormatError: it is not a chain of X.509 certificates with RSA or ECC keys as a listener can use.
    """
    if "PRIVATE KEY" in pem:
        raise PrivateKeyRejected
    if not _CHAIN.fullmatch(pem):
        why = f"expected PEM certificates with lines of at most {_LONGEST_LINE} characters, one after another"
        raise CertificateFormatError(why)
    try:
        # A serial number that is not positive is warned of; what becomes of it is decided here.
        with warnings.catch_warnings(action="ignore", category=CryptographyDeprecationWarning):
            chain = x509.load_pem_x509_certificates(pem.encode())
            for certificate in chain:
                _ = certificate.extensions
                _require_loadable(certificate)
    except (ValueError, x509.DuplicateExtension):
        raise CertificateFormatError("a certificate cannot be decoded as X.509") from None
    return chain[0]


def is_authority(certificate: x509.Certificate) -> bool:
    """Return whether the certificate is one of a CA: by basicConstraints, or of version 1 and self-issued."""
    try:
        constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
    except x509.ExtensionNotFound:
        return certificate.version is x509.Version.v1 and certificate.subject == certificate.issuer
    return constraints.ca


def algorithm(certificate: x509.Certificate) -> str:
    """Return the key algorithm as ListCert names it."""
    return "RSA" if isinstance(certificate.public_key(), RSAPublicKey) else "ECC"


def signature_algorithm(certificate: x509.Certificate) -> str:
    """Return the signature algorithm, such as `SHA256WITHRSA`."""
    digest = certificate.signature_hash_algorithm
    name = "UNKNOWN" if digest is None else digest.name.upper().replace("-", "")
    return f"{name}WITH{'RSA' if algorithm(certificate) == 'RSA' else 'ECDSA'}"


def common_name(name: x509.Name) -> str:
    """Return the first common name, or an empty text."""
    found = name.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    return str(found[0].value) if found else ""


def issuer_name(certificate: x509.Certificate) -> str:
    """Return the issuer's common name, or its organization where there is none."""
    organizations = certificate.issuer.get_attributes_for_oid(x509.NameOID.ORGANIZATION_NAME)
    return common_name(certificate.issuer) or "".join(str(one.value) for one in organizations[:1])


def alternative_names(certificate: x509.Certificate) -> list[str]:
    """Return DNS names and email addresses of the SAN extension."""
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    return names.get_values_for_type(x509.DNSName) + names.get_values_for_type(x509.RFC822Name)


def _require_loadable(certificate: x509.Certificate) -> None:
    if certificate.serial_number < 0:
        raise CertificateFormatError("its serial number is negative")
    key = certificate.public_key()
    if isinstance(key, EllipticCurvePublicKey):
        if not isinstance(key.curve, SECP256R1 | SECP384R1 | SECP521R1):
            raise CertificateFormatError(f"its key is on the curve {key.curve.name}, not on P-256, P-384 or P-521")
        # Explicit parameters are read as the curve that they describe, but TLS knows curves by name only.
        if key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo) not in certificate.tbs_certificate_bytes:
            raise CertificateFormatError("its key gives the parameters of its curve, or a compressed point")
    elif not isinstance(key, RSAPublicKey):
        raise CertificateFormatError("its key is neither RSA nor ECC")
    elif certificate.public_key_algorithm_oid != PublicKeyAlgorithmOID.RSAES_PKCS1_v1_5:
        raise CertificateFormatError("its key is for RSASSA-PSS only")
