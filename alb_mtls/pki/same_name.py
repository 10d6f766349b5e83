"""When two distinguished names are one to a reader, however they are spelt and encoded (RFC 5280, 7.1; RFC 4518)."""

import unicodedata
from typing import TYPE_CHECKING

from alb_mtls.pki.subject import Subject, attributes_of

if TYPE_CHECKING:
    from cryptography import x509

# Mapped to nothing beside control and format characters (RFC 4518, 2.2).
_NOTHING = frozenset("\u034f\u180b\u180c\u180d\ufffc") | frozenset(map(chr, range(0xFE00, 0xFE10)))

ComparableName = tuple[frozenset[tuple[str, str]], ...]


def comparable_subject(subject: Subject) -> ComparableName:
    """Return what is the same for two subjects exactly when they are one name."""
    return tuple(frozenset([(oid, _prepared(value))]) for oid, value in attributes_of(subject))


def comparable_name(name: "x509.Name") -> ComparableName:
    """Return the same for the name of a certificate; the order of its parts counts, that within a part does not."""
    return tuple(frozenset((one.oid.dotted_string, _prepared(one.value)) for one in relative) for relative in name.rdns)


def _prepared(value: str | bytes) -> str:
    """Return a value without what is no difference: case, compatible characters, repeated and invisible blanks."""
    if isinstance(value, bytes):
        return value.hex()
    if value.isascii() and value.isprintable():
        # What follows would come to the same, and takes its time where there are thousands.
        return " ".join(value.casefold().split())
    shown = (one for one in unicodedata.normalize("NFKC", value) if not _is_nothing(one))
    return " ".join("".join(shown).casefold().split())


def _is_nothing(character: str) -> bool:
    category = unicodedata.category(character)
    return category == "Cf" or (category == "Cc" and not character.isspace()) or character in _NOTHING
