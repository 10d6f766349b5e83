"""Makes identifiers in every shape that the documents show, so that no caller relies on one of them.

docs/facts/alibaba-cloud.md, Identifiers: a UUID from UploadPCACert, 14 hexadecimal digits from ListCert, 18 from
DeletePCACert, and 32 without dashes in the listener documents.
"""

import secrets
from itertools import cycle


class IdentifierSource:
    """Gives each certificate an identifier of the next shape."""

    def __init__(self) -> None:
        """Start with a UUID."""
        self._shapes = cycle((_uuid, _hex14, _hex32, _hex18))

    def next(self) -> str:
        """Return an identifier that nothing has yet."""
        return next(self._shapes)()


def _uuid() -> str:
    digits = secrets.token_hex(14)
    return f"1ed{digits[:5]}-{digits[5:9]}-6{digits[9:12]}-8{digits[12:15]}-{digits[15:27]}"


def _hex14() -> str:
    return secrets.token_hex(7)


def _hex18() -> str:
    return secrets.token_hex(9)


def _hex32() -> str:
    return secrets.token_hex(16)
