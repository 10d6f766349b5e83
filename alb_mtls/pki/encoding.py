"""Certificates as text and bytes: PEM in one form only, fingerprints, PKCS#12."""

import base64
import re
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

_BEGIN, _END = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"
_BLOCK = re.compile(f"{_BEGIN}(.*?){_END}", re.DOTALL)
_UNREADABLE = (ValueError, TypeError, x509.InvalidVersion, x509.DuplicateExtension, x509.UnsupportedGeneralNameType)
# As in pyca's own example of such a file; OpenSSL 3 reads it without its legacy provider (docs/facts/x509-and-tls.md,
# PKCS#12).
_LEGACY_ROUNDS = 50_000


def load_chain(text: str) -> list[x509.Certificate]:
    """Return the certificates in a text, in their order; what stands around them is passed over.

    Raises:
        PkiError: there is none, one cannot be parsed or is cut off, or a private key stands beside them.
    """
    if "PRIVATE KEY-----" in text:
        message = "this holds a private key beside the certificate; give the certificate alone"
        raise PkiError(message)
    blocks = _BLOCK.findall(text)
    if text.count(_BEGIN) != len(blocks) or text.count(_END) != len(blocks):
        message = "a certificate is cut off: the BEGIN and END lines do not match; export it again"
        raise PkiError(message)
    if not blocks:
        message = f"this is not a certificate in PEM form (it has no {_BEGIN})"
        raise PkiError(message)
    certificates = []
    for number, block in enumerate(blocks, start=1):
        try:
            certificates.append(_parse(block))
        except _UNREADABLE:
            message = f"certificate {number} of {len(blocks)} cannot be parsed; export it again"
            raise PkiError(message) from None
    return certificates


def _parse(block: str) -> x509.Certificate:
    # Consoles add blanks and lose line ends.
    certificate = x509.load_der_x509_certificate(base64.b64decode(re.sub(r"\s+", "", block), validate=True))
    # cryptography reads these at their first use: what is broken must show here, not in an update.
    _ = (certificate.subject, certificate.issuer, certificate.extensions)
    with suppress(UnsupportedAlgorithm):
        certificate.public_key()
    return certificate


def load_certificate(text: str) -> x509.Certificate:
    """Return the one certificate in a text.

    Raises:
        PkiError: there is none, more than one, or it cannot be parsed.
    """
    chain = load_chain(text)
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
