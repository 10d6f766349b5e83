"""Distinguished names, held to the bounds of RFC 5280 appendix A.1 that the cryptography package does not enforce."""

import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from alb_mtls.addresses import LABEL, LONGEST_NAME
from alb_mtls.imports import import_turn
from alb_mtls.pki.characters import unprintable
from alb_mtls.pki.errors import shown

if TYPE_CHECKING:
    from cryptography import x509


@dataclass(frozen=True, kw_only=True)
class Subject:
    """The attributes of a distinguished name; None leaves one out."""

    country: str | None = None
    state: str | None = None
    locality: str | None = None
    organization: str | None = None
    organizational_unit: str | None = None
    common_name: str | None = None
    email: str | None = None

    def normalised(self) -> "Subject":
        """Return the name with its country in upper case, as ISO 3166 and the linters require it."""
        # Beyond ASCII upper() makes two letters of one: a sharp s would become the country SS.
        if self.country is None or not self.country.isascii():
            return self
        return replace(self, country=self.country.upper())


@dataclass(frozen=True, kw_only=True)
class FieldProblem:
    """What is wrong with one attribute.

    Attributes:
        field: its key in the configuration, such as `organizationalUnit`.
        message: the value against the bound.
        missing: there is no value.
    """

    field: str
    message: str
    missing: bool = False


@dataclass(frozen=True)
class _Attribute:
    field: str
    oid: str
    upper_bound: int


# In the order of the encoded name; bounds are the ub-* values of RFC 5280 appendix A.1.
_ATTRIBUTES: dict[str, _Attribute] = {
    "country": _Attribute("country", "2.5.4.6", 2),
    "state": _Attribute("state", "2.5.4.8", 128),
    "locality": _Attribute("locality", "2.5.4.7", 128),
    "organization": _Attribute("organization", "2.5.4.10", 64),
    "organizational_unit": _Attribute("organizationalUnit", "2.5.4.11", 64),
    "common_name": _Attribute("commonName", "2.5.4.3", 64),
    "email": _Attribute("email", "1.2.840.113549.1.9.1", 255),
}
FIELD_OF_OID = {one.oid: one.field for one in _ATTRIBUTES.values()}
# RFC 5321, 4.5.3.1.3, less the two brackets of a path.
_LONGEST_EMAIL = 254
_COUNTRY = re.compile(r"[A-Z]{2}")
_EMAIL = re.compile(rf"[A-Za-z0-9!#$%&'*+/=?^_`{{|}}~.-]{{1,64}}@({LABEL}\.)+{LABEL}")


def subject_problems(subject: Subject, *, required: Collection[str] = ()) -> list[FieldProblem]:
    """Return what is wrong with a name, attribute by attribute.

    Args:
        subject: already normalised.
        required: configuration keys of attributes that must be there.
    """
    problems = []
    for name, attribute in _ATTRIBUTES.items():
        value: str | None = getattr(subject, name)
        if value is None:
            message = "is required" if attribute.field in required else None
        else:
            message = _problem(attribute, value)
        if message is not None:
            problems.append(FieldProblem(field=attribute.field, message=message, missing=value is None))
    return problems


def _problem(attribute: _Attribute, value: str) -> str | None:
    if not value.strip():
        return "is empty; leave it out or give it a value"
    if attribute.field == "country":
        return None if _COUNTRY.fullmatch(value) else f"{shown(value)} is not a country of two letters (ISO 3166)"
    if not value.isprintable():
        return unprintable(value)
    if value != value.strip():
        return f"{shown(value)} begins or ends with a blank"
    if len(value) > attribute.upper_bound:
        return f"has {len(value)} characters, but at most {attribute.upper_bound} are allowed (RFC 5280)"
    octets = len(value.encode())
    if attribute.field == "commonName" and octets > attribute.upper_bound:
        # The bound is in characters, but cryptography, as some verifiers do, counts octets here.
        return f"takes {octets} octets in UTF-8, but at most {attribute.upper_bound} are taken"
    if attribute.field == "email":
        return email_problem(value)
    return None


def email_problem(value: str) -> str | None:
    """Return why an address cannot go into a certificate, or None: it must be ASCII with a dotted domain."""
    local, _, domain = value.rpartition("@")
    if len(value) > _LONGEST_EMAIL or len(domain) > LONGEST_NAME:
        return (
            f"{shown(value)} has {len(value)} characters, {len(domain)} of them in its domain, but at most "
            f"{_LONGEST_EMAIL} and {LONGEST_NAME} are allowed (RFC 5321, RFC 1035)"
        )
    dots = local.startswith(".") or local.endswith(".") or ".." in local
    if _EMAIL.fullmatch(value) is None or dots:
        return f"{shown(value)} is not an address like name@example.com (ASCII, with a dotted domain)"
    return None


def to_name(subject: Subject) -> "x509.Name":
    """Return the name in the order C, ST, L, O, OU, CN, email; country is a PrintableString, email an IA5String."""
    with import_turn:
        from cryptography import x509

    return x509.Name([x509.NameAttribute(x509.ObjectIdentifier(oid), value) for oid, value in attributes_of(subject)])


def attributes_of(subject: Subject) -> list[tuple[str, str]]:
    """Return the attributes that are there as dotted identifier and value, in the order of the encoded name."""
    values = ((one.oid, getattr(subject, name)) for name, one in _ATTRIBUTES.items())
    return [(oid, value) for oid, value in values if value is not None]
