"""What a backend says it got: its answer read, and headers compared with the certificate that was presented. Pure.

No document says how an ALB writes a name, or which digest a fingerprint is. So every form that says the same is taken,
and named; a header that says anything else, or says two things, is not.
"""

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

# The same type by several names: RFC 4514, OpenSSL and Java differ, and write those that they do not know as numbers.
_TYPES: Final = {
    "2.5.4.3": "CN",
    "2.5.4.6": "C",
    "2.5.4.7": "L",
    "2.5.4.8": "ST",
    "2.5.4.9": "STREET",
    "2.5.4.10": "O",
    "2.5.4.11": "OU",
    "0.9.2342.19200300.100.1.1": "UID",
    "0.9.2342.19200300.100.1.25": "DC",
    "SN": "2.5.4.4",
    "SURNAME": "2.5.4.4",
    "SERIALNUMBER": "2.5.4.5",
    "TITLE": "2.5.4.12",
    "T": "2.5.4.12",
    "BUSINESSCATEGORY": "2.5.4.15",
    "POSTALCODE": "2.5.4.17",
    "GN": "2.5.4.42",
    "GIVENNAME": "2.5.4.42",
    "DNQUALIFIER": "2.5.4.46",
    "DNQ": "2.5.4.46",
    "ORGANIZATIONIDENTIFIER": "2.5.4.97",
    "S": "ST",
    "STATEORPROVINCENAME": "ST",
    "E": "EMAIL",
    "EMAILADDRESS": "EMAIL",
    "1.2.840.113549.1.9.1": "EMAIL",
    "COMMONNAME": "CN",
    "COUNTRYNAME": "C",
    "LOCALITYNAME": "L",
    "ORGANIZATIONNAME": "O",
    "ORGANIZATIONALUNITNAME": "OU",
}
_DIGESTS: Final = ("sha256", "sha1", "sha512", "md5")
_LINE: Final = re.compile(r"([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*(.*)")
_PAIR: Final = re.compile(r"\s*([A-Za-z0-9.]+)\s*=\s*((?:\\.|\"[^\"]*\"|[^\\\"])*)\s*", re.DOTALL)
# With x before the digits as OpenSSL does it where it separates by /.
_ESCAPED: Final = re.compile(r"((?:\\x?[0-9A-Fa-f]{2})+)|\\(.)", re.DOTALL)
_NOT_VERIFIED: Final = frozenset({"", "none", "failed", "false", "0", "no"})


def headers_in_answer(body: bytes) -> dict[str, list[str]] | None:
    """Return the headers by lower-case name with all values; None when the answer shows none.

    Taken are: a JSON object of names, each with a text or a list of texts; the same as its member `headers`; and lines
    `Name: value`.
    """
    text = body.decode(errors="replace")
    try:
        value = json.loads(text, object_pairs_hook=_object)
    except (ValueError, RecursionError):
        return _collected(
            (found[1], found[2].strip()) for line in text.splitlines() if (found := _LINE.fullmatch(line))
        )
    if isinstance(value, dict):
        nested = next(
            (one for name, one in value.items() if name.lower() == "headers" and isinstance(one, dict)), value
        )
        return _collected(_pairs(nested))
    return None


def _object(members: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object with all values of a member that is there twice, as two headers of one name may be written."""
    found: dict[str, Any] = {}
    for name, one in members:
        if name in found:
            both = [each if isinstance(each, list) else [each] for each in (found[name], one)]
            found[name] = [*both[0], *both[1]]
        else:
            found[name] = one
    return found


def _pairs(value: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, one in value.items():
        for text in one if isinstance(one, list) else [one]:
            if isinstance(text, str):
                yield name, text


def _collected(pairs: Iterator[tuple[str, str]]) -> dict[str, list[str]] | None:
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name.lower(), []).append(value)
    return found or None


def form_of_name(text: str, name: x509.Name) -> str | None:
    """Return in which form a text is a name, for people; None when it is not that name."""
    expected = [(_type_of(one), str(one.value)) for one in name]
    text = _in_utf_8(text)
    for form, read in (("separated by /", _split_by_slash(text)), ("separated by commas", _split_by_commas(text))):
        if read is not None and sorted(read) == sorted(expected):
            if len(expected) == 1:
                return "of one part, which shows neither order nor separator"
            if read == expected:
                return f"{form}, in the order of the certificate"
            is_reversed = read == expected[::-1]
            return f"{form}, last part first (RFC 4514)" if is_reversed else f"{form}, in an order of its own"
    return None


def form_of_fingerprint(text: str, certificate: x509.Certificate) -> str | None:
    """Return in which form a text is the fingerprint of a certificate, for people; None when it is not."""
    der, plain = certificate.public_bytes(Encoding.DER), text.strip()
    for digest in _DIGESTS:
        expected = hashlib.new(digest, der).digest()
        if plain.replace(":", "").lower() == expected.hex():
            case = "upper" if plain.upper() == plain else "lower"
            return f"{digest}, hexadecimal in {case} case{', with colons' if ':' in plain else ''}"
        try:
            if base64.b64decode(plain, validate=True) == expected:
                return f"{digest}, base64"
        except (binascii.Error, ValueError):
            continue
    return None


def is_verified(text: str) -> bool:
    """Say whether a verify result may mean that the certificate was verified; its words are documented nowhere."""
    # nginx writes `FAILED:` and the reason.
    return text.strip().lower().partition(":")[0] not in _NOT_VERIFIED


def _in_utf_8(text: str) -> str:
    """Return a text whose octets a backend has read as Latin-1, as frameworks in Python do, as what it means."""
    try:
        return text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return text


def _type_of(attribute: x509.NameAttribute[Any]) -> str:
    name = attribute.rfc4514_attribute_name.upper()
    return _TYPES.get(name, name)


def _split_by_slash(text: str) -> list[tuple[str, str]] | None:
    if not text.startswith("/"):
        return None
    # A slash within a value is followed by no type.
    return _read(re.split(r"/(?=[A-Za-z0-9.]+=)", text[1:]))


def _split_by_commas(text: str) -> list[tuple[str, str]] | None:
    parts, current, is_quoted, is_escaped = [], "", False, False
    for one in text:
        if one in ",;+" and not is_quoted and not is_escaped:
            parts.append(current)
            current = ""
            continue
        is_quoted ^= one == '"' and not is_escaped
        is_escaped = one == "\\" and not is_escaped
        current += one
    return _read([*parts, current])


def _read(parts: list[str]) -> list[tuple[str, str]] | None:
    read = []
    for part in parts:
        found = _PAIR.fullmatch(part)
        if found is None:
            return None
        name = found[1].upper().removeprefix("OID.")
        read.append((_TYPES.get(name, name), _plain(found[2].strip())))
    return read


def _plain(value: str) -> str:
    if len(value) > 1 and value[0] == value[-1] == '"':
        value = value[1:-1]

    def unescaped(found: re.Match[str]) -> str:
        return found[2] or bytes.fromhex(found[1].replace("\\", "").replace("x", "")).decode(errors="replace")

    return _ESCAPED.sub(unescaped, value)
