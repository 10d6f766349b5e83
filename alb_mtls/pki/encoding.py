"""Certificates as text and bytes: PEM in one form only, fingerprints, PKCS#12."""

import warnings
from collections.abc import Sequence
from contextlib import suppress

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
)
from cryptography.hazmat.primitives.serialization.pkcs12 import PBES, serialize_key_and_certificates

from alb_mtls.pki.errors import PkiError, shown
from alb_mtls.pki.keys import PrivateKey, spki_sha256
from alb_mtls.pki.pem import decoded, pem_blocks
from alb_mtls.pki.unreadable import unreadable_problem

_LABELS = ("CERTIFICATE", "X509 CERTIFICATE")
_PKCS7 = "this is PKCS #7; take the certificate out with openssl pkcs7 -in FILE -print_certs -out FILE2"
_REQUEST = "this is a certificate signing request, not a certificate; give what the CA made of it"
_OTHERS = {
    "TRUSTED CERTIFICATE": (
        "this is a certificate with OpenSSL's own trust settings; convert it with openssl x509 -in FILE -out FILE2"
    ),
    "PKCS7": _PKCS7,
    "PKCS #7 SIGNED DATA": _PKCS7,
    "CMS": f"this is CMS; write PKCS7 for CMS in its first and last line. Then {_PKCS7}",
    "CERTIFICATE REQUEST": _REQUEST,
    "NEW CERTIFICATE REQUEST": _REQUEST,
}
_UNREADABLE = (ValueError, TypeError, x509.InvalidVersion, x509.DuplicateExtension, x509.UnsupportedGeneralNameType)
# As in pyca's own example of such a file; OpenSSL 3 reads it without its legacy provider (docs/facts/x509-and-tls.md,
# PKCS#12).
_LEGACY_ROUNDS = 50_000
# cryptography's, of a name that is read: with a line of source, and of no use, since servers take such names.
warnings.filterwarnings("ignore", "Attribute's length must be", UserWarning)


def load_chain(text: str) -> list[x509.Certificate]:
    """Return the certificates in a text, in their order; what stands around them is passed over.

    Raises:
        PkiError: there is none, one cannot be parsed or is cut off, or a private key stands beside them.
    """
    blocks = pem_blocks(text, _LABELS, what="certificate", others=_OTHERS)
    certificates = []
    for number, block in enumerate(blocks, start=1):
        try:
            certificates.append(_parse(decoded(block)))
        except PkiError as error:
            message = f"certificate {number} of {len(blocks)}: {error}"
            raise PkiError(message) from None
        except _UNREADABLE:
            message = (
                f"certificate {number} of {len(blocks)} cannot be parsed; export it again, or, if that does not help, "
                "issue it again"
            )
            raise PkiError(message) from None
    return certificates


def _parse(der: bytes) -> x509.Certificate:
    problem = unreadable_problem(der)
    if problem is not None:
        raise PkiError(problem)
    certificate = x509.load_der_x509_certificate(der)
    # cryptography reads these at their first use: what is broken must show here, not in an update.
    _ = (certificate.subject, certificate.issuer, certificate.extensions)
    _ = (certificate.not_valid_before_utc, certificate.not_valid_after_utc)
    with suppress(UnsupportedAlgorithm):
        certificate.public_key()
    return certificate


def load_certificate(text: str) -> x509.Certificate:
    """Return the one certificate in a text.

    Raises:
        PkiError: there is none, more than one, or it cannot be parsed.
    """
    return only_one(load_chain(text))


def only_one(chain: Sequence[x509.Certificate]) -> x509.Certificate:
    """Return the certificate of a text that must hold one.

    Raises:
        PkiError: there are more.
    """
    if len(chain) > 1:
        message = f"this holds {len(chain)} certificates, but must hold exactly one"
        raise PkiError(message)
    return chain[0]


def certificate_pem(certificate: x509.Certificate) -> str:
    """Return the certificate as PEM with lines of 64 characters and one line end at the end."""
    return certificate.public_bytes(Encoding.PEM).decode("ascii")


def normalise_certificate_pem(text: str) -> str:
    """Return all certificates of a text in the one form in which they are compared and sent.

    Line ends, blanks and text around the blocks differ between tools and must not look like another certificate.

    Raises:
        PkiError: as load_chain.
    """
    return "".join(certificate_pem(certificate) for certificate in load_chain(text))


def fingerprint(certificate: x509.Certificate) -> str:
    """Return the SHA-256 of the DER in lower-case hex."""
    return certificate.fingerprint(hashes.SHA256()).hex()


def serial_hex(certificate: x509.Certificate) -> str:
    """Return the serial number in lower-case hex, without leading zeros."""
    return f"{certificate.serial_number:x}"


def pkcs12(
    *,
    name: str,
    key: PrivateKey,
    certificate: x509.Certificate,
    chain: Sequence[x509.Certificate],
    password: str,
    legacy: bool,
) -> bytes:
    """Return a PKCS#12 file (RFC 7292).

    Args:
        name: friendly name of the entry.
        key: of the client.
        certificate: of the client.
        chain: further certificates to put beside it.
        password: that opens it.
        legacy: 3DES and SHA-1, for macOS up to 14, Windows Server up to 2016 and Java up to 8u300; otherwise AES-256.

    Raises:
        PkiError: the password is empty, or the key is not the certificate's.
    """
    if not password:
        message = f"the PKCS#12 file of {shown(name)} needs a password; readers disagree on what an empty one means"
        raise PkiError(message)
    if spki_sha256(key.public_key()) != spki_sha256(certificate.public_key()):
        message = f"the PKCS#12 file of {shown(name)} cannot be made: the key is not the certificate's"
        raise PkiError(message)
    if legacy:
        encryption = (
            PrivateFormat.PKCS12.encryption_builder()
            .kdf_rounds(_LEGACY_ROUNDS)
            .key_cert_algorithm(PBES.PBESv1SHA1And3KeyTripleDESCBC)
            .hmac_hash(hashes.SHA1())  # noqa: S303 - what those old readers understand, chosen by option
            .build(password.encode())
        )
    else:
        encryption = BestAvailableEncryption(password.encode())
    return serialize_key_and_certificates(name.encode(), key, certificate, chain, encryption)
