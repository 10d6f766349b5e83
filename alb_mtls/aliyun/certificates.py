"""Tells whether a certificate in CAS is the one at hand.

CAS has no lookup by content and may give the same PEM several identifiers (docs/facts/alibaba-cloud.md, Not
documented). Two texts are the same certificate when the SHA-256 of the DER of their first certificates agrees; serial
numbers only narrow the search.
"""

import base64
import binascii
import hashlib
import re
from typing import Final

_BLOCK: Final = re.compile(r"-----BEGIN CERTIFICATE-----(.+?)-----END CERTIFICATE-----", re.DOTALL)
# Far beyond any serial number; Python reads four times as many.
_MOST_DIGITS: Final = 1_000


def _digest(pem: str) -> str | None:
    """Return the SHA-256 of the DER of the first certificate, in hex; None when there is none to decode.

    Not parsed as X.509: what else lies in an account must not be able to stop a comparison.
    """
    block = _BLOCK.search(pem)
    if block is None:
        return None
    try:
        der = base64.b64decode("".join(block.group(1).split()), validate=True)
    except binascii.Error:
        return None
    return hashlib.sha256(der).hexdigest()


def same_certificate(one: str, other: str) -> bool:
    """Say whether both PEM texts begin with the same certificate, whatever their line breaks and chains."""
    mine = _digest(one)
    return mine is not None and mine == _digest(other)


def serial_number(pem: str) -> int:
    """Return the serial number of the first certificate.

    Raises:
        ValueError: The text holds no X.509 certificate.
    """
    from cryptography import x509

    try:
        return x509.load_pem_x509_certificate(pem.encode()).serial_number
    except ValueError:
        message = "the PEM holds no X.509 certificate that can be read"
    raise ValueError(message)


def may_be_serial_number(text: str | None, serial: int) -> bool:
    """Say whether `SerialNo` of a listing can stand for `serial`, read as hexadecimal or as decimal.

    Its format is documented nowhere, and it may be missing: what cannot be read rules nothing out.
    """
    digits = re.sub(r"[\s:]", "", text or "").lower().removeprefix("0x")
    if not re.fullmatch(r"[0-9a-f]+", digits):
        return True
    return int(digits, 16) == serial or (digits.isdecimal() and len(digits) <= _MOST_DIGITS and int(digits) == serial)
