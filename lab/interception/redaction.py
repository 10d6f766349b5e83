"""Keep secrets out of what the lab writes about calls."""

import hashlib
import re
from collections.abc import Iterable

# A PEM block, also inside JSON or a query string; an unfinished one counts as well.
_PEM = re.compile(r"-----BEGIN[A-Z0-9 %+]+-----.*?(?:-----END[A-Z0-9 %+]+-----|\Z)", re.DOTALL)
# What base64 makes of the first bytes of "-----BEGIN", as in the data of a Kubernetes Secret.
_ENCODED_PEM = re.compile(r"LS0tLS1C[A-Za-z0-9+/=_-]{20,}")
# What base64 makes of the first bytes of a DER SEQUENCE: 30 82, 30 81 or, for a bare P-256 key, 30 77.
_DER = re.compile(r"M(?:I[E-L]|H[c-f])[A-Za-z0-9+/=_-]{60,}")
_BEARER = re.compile(r"(?<=[Bb]earer )[^\s\"']+")

_PREFIX = 12


def digest(value: str | bytes) -> str:
    """Return a name for a value that does not show the value: 12 hex digits of its SHA-256."""
    data = value.encode() if isinstance(value, str) else value
    return f"sha256:{hashlib.sha256(data).hexdigest()[:_PREFIX]}"


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """Replace secrets by their digests.

    Args:
        text: what is going to be written.
        secrets: values to look for; PEM, what base64 makes of PEM and DER, and bearer tokens are found anyway.
    """
    for secret in secrets:
        if secret:
            text = text.replace(secret, digest(secret))
    for pattern in (_PEM, _ENCODED_PEM, _DER, _BEARER):
        text = pattern.sub(lambda found: digest(found.group()), text)
    return text
