"""Verifies a client certificate as a listener with the refusal style `page` does.

The rules are OpenSSL's for the purpose `sslclient` (docs/facts/x509-and-tls.md, Verifiers): validity, signature of the
listener's CA, and an extended key usage, when there is one, that has clientAuth.
"""

import base64
import binascii
from datetime import UTC, datetime
from enum import StrEnum

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.x509.oid import ExtendedKeyUsageOID


class Verdict(StrEnum):
    """What becomes of a request, rejections by nginx's titles (docs/facts/x509-and-tls.md, Rejections)."""

    ACCEPTED = "accepted"
    NO_CERTIFICATE = "400 No required SSL certificate was sent"
    BAD_CERTIFICATE = "400 The SSL certificate error"


def verify(encoded: str, *, authority: bytes, now: datetime | None = None) -> Verdict:
    """Verify a client by its certificate.

    Only the client's own certificate is known here, none that it sent beside it: a cross certificate does not help.

    Args:
        encoded: DER in base64; what is not base64 means that there was none.
        authority: DER of the listener's CA.
        now: time of the verdict, the present by default.
    """
    try:
        der = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        return Verdict.NO_CERTIFICATE
    if not der:
        return Verdict.NO_CERTIFICATE
    try:
        certificate = x509.load_der_x509_certificate(der)
        certificate.verify_directly_issued_by(x509.load_der_x509_certificate(authority))
        fits = _is_for_clients(certificate)
    except (ValueError, TypeError, InvalidSignature):
        return Verdict.BAD_CERTIFICATE
    now = now or datetime.now(UTC)
    in_time = certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc
    return Verdict.ACCEPTED if fits and in_time else Verdict.BAD_CERTIFICATE


def _is_for_clients(certificate: x509.Certificate) -> bool:
    try:
        usages = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return True
    return bool({ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE} & set(usages))
