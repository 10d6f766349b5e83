"""PEM as it comes out of consoles, mails and old tools (RFC 7468): what a text holds, and what has to be converted."""

import base64
import re
from collections.abc import Mapping

from alb_mtls.pki.errors import PkiError

_BLOCK = re.compile(r"-----BEGIN ([A-Z0-9#][A-Z0-9# ]*)-----(.*?)-----END \1-----", re.DOTALL)
_EDGE = re.compile(r"-----(?:BEGIN|END) ([A-Z0-9#][A-Z0-9# ]*)-----")
_WIDTH = 64


def pem_blocks(text: str, labels: tuple[str, ...], *, what: str, others: Mapping[str, str]) -> list[str]:
    """Return what stands between the lines of each block with one of some labels, in their order.

    Text around the blocks is passed over.

    Args:
        text: of a file.
        labels: that mean the same, the usual one first.
        what: is expected, for messages: `certificate`.
        others: labels that are something else or have to be converted, each with the sentence to give.

    Raises:
        PkiError: there is no such block, one is cut off, or one of the others or a private key is there.
    """
    if "PRIVATE KEY-----" in text:
        message = f"this holds a private key beside the {what}; give the {what} alone"
        raise PkiError(message)
    edges = _EDGE.findall(text)
    for label in edges:
        if label in others:
            raise PkiError(others[label])
    found = [body for label, body in _BLOCK.findall(text) if label in labels]
    if sum(label in labels for label in edges) != 2 * len(found):
        message = f"a {what} is cut off: the BEGIN and END lines do not match; export it again"
        raise PkiError(message)
    if not found and "\0" in text:
        message = "this is UTF-16 without a byte order mark, or no text; save it as UTF-8"
        raise PkiError(message)
    if not found:
        message = f"this is not a {what} in PEM form (it has no -----BEGIN {labels[0]}-----)"
        raise PkiError(message)
    return found


def all_but_last(pem: str) -> str | None:
    """Return the certificates of a PEM as the program writes it, without the last one; None when nothing is left."""
    blocks = re.findall(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----\n", pem, re.DOTALL)
    return "".join(blocks[:-1]) or None


def decoded(body: str) -> bytes:
    """Return the octets of a block.

    Raises:
        ValueError: they are no base64.
    """
    # Consoles add blanks and lose line ends.
    return base64.b64decode(re.sub(r"\s+", "", body), validate=True)


def pem_of(label: str, der: bytes) -> str:
    """Return octets as PEM, with lines of 64 characters and one line end at the end."""
    text = base64.b64encode(der).decode("ascii")
    lines = (text[at : at + _WIDTH] for at in range(0, len(text), _WIDTH))
    return "\n".join((f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""))
