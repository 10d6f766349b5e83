"""Reading DER where the cryptography package is too strict or passes over too much.

Only what certificates and requests begin with is known here (RFC 5280, 4.1; RFC 2986, 4): tags of one octet and lengths
of definite form.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

SEQUENCE, INTEGER, BIT_STRING, OBJECT_IDENTIFIER, T61_STRING = 0x30, 0x02, 0x03, 0x06, 0x14
_VERSION = 0xA0
_LONG_FORM = 0x80
_LONGEST_LENGTH = 4

RSASSA_PSS, EC_PUBLIC_KEY = "1.2.840.113549.1.1.10", "1.2.840.10045.2.1"


class DerError(ValueError):
    """These octets are not what was expected; whoever reads them says what that means."""


class Element(NamedTuple):
    """One value: its tag, its content, and both with the length between them. A tuple, for thousands are made."""

    tag: int
    content: bytes
    whole: bytes

    def children(self) -> list["Element"]:
        """Return the values that the content consists of.

        Raises:
            DerError: it does not consist of values.
        """
        return _elements(self.content)


def element(der: bytes) -> Element:
    """Return the one value that some octets are.

    Raises:
        DerError: they are none, or more than one.
    """
    found = _elements(der)
    if len(found) != 1:
        message = f"{len(found)} values, not one"
        raise DerError(message)
    return found[0]


def _elements(der: bytes) -> list[Element]:
    found, at = [], 0
    while at < len(der):
        length, begin = _length(der, at + 1)
        end = begin + length
        if end > len(der):
            message = "cut off"
            raise DerError(message)
        found.append(Element(tag=der[at], content=der[begin:end], whole=der[at:end]))
        at = end
    return found


def _length(der: bytes, at: int) -> tuple[int, int]:
    """Return a length, and where the content begins."""
    octets = 0 if at >= len(der) or der[at] < _LONG_FORM else der[at] - _LONG_FORM
    if at + octets >= len(der) or octets > _LONGEST_LENGTH or (octets == 0 and der[at] == _LONG_FORM):
        message = "no length"
        raise DerError(message)
    if octets == 0:
        return der[at], at + 1
    return int.from_bytes(der[at + 1 : at + 1 + octets], "big"), at + 1 + octets


def encoded(tag: int, content: bytes) -> bytes:
    """Return a value as octets."""
    size = len(content)
    if size < _LONG_FORM:
        return bytes([tag, size]) + content
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, _LONG_FORM | len(octets)]) + octets + content


@dataclass(frozen=True, kw_only=True)
class TbsCertificate:
    """The fields that a certificate of every version has, as octets, in their order."""

    serial_number: Element
    signature: Element
    issuer: Element
    validity: Element
    subject: Element
    public_key: Element

    @classmethod
    def of(cls, tbs: bytes) -> "TbsCertificate":
        """Take apart what a certificate's signature covers.

        Raises:
            DerError: it is not the inside of a certificate.
        """
        fields = element(tbs).children()
        # A certificate of version 1 leaves the version out.
        fields = fields[1:] if fields and fields[0].tag == _VERSION else fields
        if len(fields) < 6:  # noqa: PLR2004 - as many as this class has
            message = "too few fields"
            raise DerError(message)
        serial, signature, issuer, validity, subject, public_key = fields[:6]
        return cls(
            serial_number=serial,
            signature=signature,
            issuer=issuer,
            validity=validity,
            subject=subject,
            public_key=public_key,
        )


def key_algorithm(public_key: Element) -> tuple[str, Element | None]:
    """Return the algorithm of a SubjectPublicKeyInfo as a dotted identifier, and its parameters.

    Raises:
        DerError: it is none.
    """
    parts = public_key.children()
    algorithm = parts[0].children() if parts else []
    if not algorithm:
        message = "no algorithm"
        raise DerError(message)
    return dotted(algorithm[0]), algorithm[1] if len(algorithm) > 1 else None


def dotted(identifier: Element) -> str:
    """Return an object identifier as numbers with dots.

    Raises:
        DerError: it is none.
    """
    if identifier.tag != OBJECT_IDENTIFIER or not identifier.content or identifier.content[-1] >= _LONG_FORM:
        message = "no object identifier"
        raise DerError(message)
    return _dotted(identifier.content)


@lru_cache(maxsize=100)
def _dotted(content: bytes) -> str:
    arcs, value = [], 0
    for octet in content:
        value = value << 7 | octet & 0x7F
        if octet < _LONG_FORM:
            arcs.append(value)
            value = 0
    # The first two arcs share one number (X.690, 8.19.4).
    first = min(arcs[0] // 40, 2)
    return ".".join(map(str, (first, arcs[0] - 40 * first, *arcs[1:])))
