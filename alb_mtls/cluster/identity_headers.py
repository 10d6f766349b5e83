"""The headers by which an ALB passes on who the client is: keys of `xForwardedForConfig` of a listener. Pure.

Each key is judged by itself and by its meaning: a Go client writes all thirteen keys of the object back, false and ""
where nothing stood, so absent, null, false and "" are one (docs/facts/alibaba-cloud.md, Client certificate headers).
"""

import copy
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any, Final

PARENT: Final = "xForwardedForConfig"
PARENT_POINTER: Final = f"/{PARENT}"
DEFAULT_PREFIX: Final = "X-Forwarded-Clientcert-"
"""How the names begin that the ALB uses where there is no alias; the rest is the part in lower case."""

_PARTS: Final = {
    "subject_dn": "SubjectDN",
    "issuer_dn": "IssuerDN",
    "fingerprint": "Fingerprint",
    "client_verify": "ClientVerify",
}


def _enabled(part: str) -> str:
    return f"{PARENT_POINTER}/XForwardedForClientCert{part}Enabled"


def _alias(part: str) -> str:
    return f"{PARENT_POINTER}/XForwardedForClientCert{part}Alias"


HEADER_POINTERS: Final = tuple(pointer for part in _PARTS.values() for pointer in (_enabled(part), _alias(part)))
"""The keys, by JSON pointer relative to the listener; the object that they stand in is `PARENT_POINTER`."""


class _Removed:
    """What a key becomes that is to go: null is a value."""

    def __repr__(self) -> str:
        return "REMOVED"

    def __deepcopy__(self, memo: object) -> "_Removed":
        return self


REMOVED: Final = _Removed()

# Values by pointer. Of `PARENT_POINTER` it is whether the object is there, not what is in it: mostly {}.
HeaderFields = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class IdentityHeaders:
    """Which headers are switched on: the alias of each, empty for the name of the ALB, None where it is not switched.

    Attributes:
        subject_dn: the subject of the client's certificate.
        issuer_dn: its issuer.
        fingerprint: of the certificate; of which digest no document says.
        client_verify: whether the ALB has verified it.
    """

    subject_dn: str | None = None
    issuer_dn: str | None = None
    fingerprint: str | None = None
    client_verify: str | None = None

    @property
    def names(self) -> dict[str, str]:
        """The name of each header that is switched on, by its attribute here."""
        values = {one.name: getattr(self, one.name) for one in fields(self)}
        return {
            name: alias or f"{DEFAULT_PREFIX}{_PARTS[name].lower()}"
            for name, alias in values.items()
            if alias is not None
        }

    @property
    def fields(self) -> HeaderFields:
        """What is written: both keys of each header that is switched on, so that no alias of somebody else is left."""
        written: HeaderFields = {}
        for name, part in _PARTS.items():
            alias = getattr(self, name)
            if alias is not None:
                written |= {_enabled(part): True, _alias(part): alias}
        return {PARENT_POINTER: {}, **written} if written else {}


def header_fields_of(element: Mapping[str, Any]) -> HeaderFields:
    """Return the keys that stand in a listener, whoever set them, and the object that they stand in."""
    if PARENT not in element:
        return {}
    parent = element[PARENT]
    there = parent if isinstance(parent, dict) else {}
    keys = {pointer: there[key_of(pointer)] for pointer in HEADER_POINTERS if key_of(pointer) in there}
    return {PARENT_POINTER: {} if isinstance(parent, dict) else parent, **copy.deepcopy(keys)}


def switched_on(values: Mapping[str, Any]) -> dict[str, str]:
    """Return the names of the headers that some keys switch on, by attribute of `IdentityHeaders`."""
    found = {}
    for name, part in _PARTS.items():
        alias = values.get(_alias(part))
        if values.get(_enabled(part)) is True:
            is_named = isinstance(alias, str) and alias
            found[name] = str(alias) if is_named else f"{DEFAULT_PREFIX}{part.lower()}"
    return found


def key_of(pointer: str) -> str:
    """Return the last part of a pointer."""
    return pointer.rsplit("/", 1)[1]


def headers_in(values: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the pointers among some that are keys of headers."""
    return tuple(pointer for pointer in HEADER_POINTERS if pointer in values)


def same_key(one: Any, other: Any) -> bool:
    """Say whether two values of a key mean the same."""
    return (_is_zero(one) and _is_zero(other)) or (type(one) is type(other) and one == other)


def same_keys(some: Mapping[str, Any], others: Mapping[str, Any], pointers: Iterable[str]) -> bool:
    """Say whether some keys mean the same in both."""
    return all(same_key(some.get(pointer), others.get(pointer)) for pointer in pointers)


def only_zero_is_left(element: Mapping[str, Any], gone: Collection[str]) -> bool:
    """Say whether nothing that means anything is left in the object once some keys are gone."""
    parent = element.get(PARENT)
    if not isinstance(parent, dict):
        return _is_zero(parent)
    keys = {key_of(pointer) for pointer in gone}
    return all(_is_zero(value) for key, value in parent.items() if key not in keys)


def recorded(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a claim records of fields that were written."""
    kept = {pointer: value for pointer, value in values.items() if value is not REMOVED}
    if isinstance(kept.get(PARENT_POINTER), dict):
        kept[PARENT_POINTER] = {}
    return kept


def _is_zero(value: Any) -> bool:
    # Not `in`: 0 is equal to False, and is no value of a key that a controller takes.
    return value is None or value is False or value is REMOVED or value == ""
