"""Telling a private key that somebody pasted where it does not belong, so that no message repeats it."""

import base64
import re
from collections.abc import Iterator
from contextlib import suppress

# The smallest key there is use for, P-256 in SEC 1 without its public half, has 51 octets.
_SHORTEST = 68
_BLANKS = re.compile(r"\s+")


def holds_private_key(text: str) -> bool:
    """Say whether a text holds a private key: in PEM, or as the base64 or hex of DER, with or without line ends."""
    if "PRIVATE KEY-----" in text:
        return True
    packed = _BLANKS.sub("", text)
    return len(packed) >= _SHORTEST and packed.isascii() and any(map(_is_private_key, _decoded(packed)))


def _decoded(packed: str) -> Iterator[bytes]:
    with suppress(ValueError):
        yield base64.b64decode(packed.replace("-", "+").replace("_", "/"), validate=True)
    with suppress(ValueError):
        yield bytes.fromhex(packed)


def _is_private_key(der: bytes) -> bool:
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
