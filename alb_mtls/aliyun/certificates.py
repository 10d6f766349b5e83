"""Tells whether a certificate in CAS is the one at hand.

CAS has no lookup by content and may give the same PEM several identifiers (docs/facts/alibaba-cloud.md, Not
documented). Two texts are the same certificate when the SHA-256 of the DER of their first certificates agrees, and the
same CA when that of all those behind it does too; serial numbers only narrow the search.
"""

import base64
import binascii
import hashlib
import re
from typing import Final

from alb_mtls.imports import import_turn

_BLOCK: Final = re.compile(r"-----BEGIN CERTIFICATE-----(.+?)-----END CERTIFICATE-----", re.DOTALL)
# Far beyond any serial number; Python reads four times as many.
_MOST_DIGITS: Final = 1_000


def _digest(pem: str) -> str | None:
    """Return the SHA-256 of the DER of the first certificate, in hex; None when there is none to decode.

    Not parsed as X.509: what else lies in an account must not be able to stop a comparison.
    """
    return next(iter(_digests(pem)), None)


def _digests(pem: str) -> list[str | None]:
    return [_digest_of(block.group(1)) for block in _BLOCK.finditer(pem)]


def _digest_of(body: str) -> str | None:
    try:
        der = base64.b64decode("".join(body.split()), validate=True)
    except binascii.Error:
        return None
    return hashlib.sha256(der).hexdigest()


def same_chain(one: str, other: str) -> bool:
    """Say whether both PEM texts hold the same certificates in the same order, whatever their line breaks.

    A CA that lies in CAS without its root, or below another one, may have other clients than the same CA with it.
    """
    mine = _digests(one)
    return bool(mine) and None not in mine and mine == _digests(other)


def same_certificate(one: str, other: str) -> bool:
    """Say whether both PEM texts begin with the same certificate, whatever their line breaks and chains."""
    mine = _digest(one)
    return mine is not None and mine == _digest(other)


def serial_number(pem: str) -> int:
    """Return the serial number of the first certificate.

    Raises:
        ValueError: The text holds no X.509 certificate.
    """
    with import_turn:
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
    written = re.sub(r"[\s:]", "", text or "").lower()
    digits = written.removeprefix("0x")
    if not re.fullmatch(r"[0-9a-f]+", digits):
        return True
    may_be_decimal = written.isdecimal() and len(digits) <= _MOST_DIGITS
    return int(digits, 16) == serial or (may_be_decimal and int(digits) == serial)
