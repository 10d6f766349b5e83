"""Telling a private key that somebody pasted where it does not belong, so that no message repeats it."""

import base64
import re

from alb_mtls.imports import import_turn

# The smallest key there is use for, P-256 in SEC 1 without its public half, has 51 octets.
_SHORTEST = 68
_BLANKS = re.compile(r"\s+")


def holds_private_key(text: str) -> bool:
    """Say whether a text holds a private key: in PEM, or what stands between its lines, with or without line ends."""
    if "PRIVATE KEY-----" in text:
        return True
    packed = _BLANKS.sub("", text)
    if len(packed) < _SHORTEST or not packed.isascii():
        return False
    try:
        der = base64.b64decode(packed, validate=True)
    except ValueError:
        return False
    return _is_private_key(der)


def _is_private_key(der: bytes) -> bool:
    with import_turn:
        from cryptography.exceptions import UnsupportedAlgorithm
        from cryptography.hazmat.primitives.serialization import load_der_private_key

    try:
        load_der_private_key(der, password=None)
    except TypeError:
        # Encrypted, and a private key nevertheless.
        return True
    except (ValueError, UnsupportedAlgorithm):
        return False
    return True
