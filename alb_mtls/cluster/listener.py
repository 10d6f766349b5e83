"""Finding one listener in an AlbConfig and reading the two fields of it that request client certificates. Pure.

The AlbConfig CRD has no schema (docs/facts/alibaba-cloud.md, No schema), so nothing here may assume the type of
anything.
"""

import json
from dataclasses import dataclass
from typing import Any

from alb_mtls.cluster.errors import AmbiguousListener, NoLoadBalancer, NoSuchListener
from alb_mtls.cluster.listener_key import ListenerKey
from alb_mtls.listing import listing

CA_ENABLED = "caEnabled"
CA_CERTIFICATES = "caCertificates"
CERTIFICATE_ID = "CertificateId"

# The fields that request client certificates, one unit, by JSON pointer relative to the listener.
CA_ENABLED_POINTER = f"/{CA_ENABLED}"
CA_CERTIFICATES_POINTER = f"/{CA_CERTIFICATES}"
POINTERS = (CA_ENABLED_POINTER, CA_CERTIFICATES_POINTER)

AlbConfig = dict[str, Any]
Element = dict[str, Any]
# Values by such a pointer, only of fields that are there: null is not the same as absent.
Fields = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class ListenerRef:
    """A listener as it was read.

    Attributes:
        key: what it was found by.
        index: its place in `spec.listeners`; valid only as long as the element there is `element`.
        element: the whole of it.
    """

    key: ListenerKey
    index: int
    element: Element


@dataclass(frozen=True, kw_only=True)
class ListenerState:
    """The two fields of a listener that request client certificates.

    Attributes:
        ca_enabled: None when the field is absent or not a boolean.
        identifiers: of the CAs in CAS, in order.
    """

    ca_enabled: bool | None
    identifiers: list[str]

    def is_set_to(self, *, enabled: bool, ca_identifier: str | None) -> bool:
        """Say whether they are what an `up` would write: the one CA, in the form in which it is written."""
        return bool(self.ca_enabled) == enabled and self.identifiers == [ca_identifier]

    def to_json(self) -> dict[str, Any]:
        """Return it for scripts (docs/reference/report.md)."""
        return {"caEnabled": self.ca_enabled, "caIdentifiers": list(self.identifiers)}


@dataclass(frozen=True, kw_only=True)
class Meaning:
    """What the two fields ask for together, however they are spelled.

    A Go client writes false, null and keys of its own where nothing stood, so absent, null, false, "" and [] are one,
    and of an entry of `caCertificates` only its CertificateId counts. The order counts: it is the ALB's.

    Attributes:
        enabled: whether client certificates are requested.
        identifiers: of the CAs in CAS, in order.
        malformed: canonical JSON of what is of no type that the controller takes; empty mostly.
    """

    enabled: bool
    identifiers: tuple[str, ...]
    malformed: str = ""

    def __str__(self) -> str:
        """Say it as the AlbConfig does."""
        if self.malformed:
            return f"caEnabled and caCertificates are not as an AlbConfig has them ({self.malformed})"
        holds = f"holds {', '.join(self.identifiers)}" if self.identifiers else "is empty"
        return f"caEnabled is {str(self.enabled).lower()} and caCertificates {holds}"


def listeners_of(albconfig: AlbConfig) -> list[tuple[int, Element]]:
    """Return the listeners that are objects, each with its place in the list."""
    spec = albconfig.get("spec")
    listeners = spec.get("listeners") if isinstance(spec, dict) else None
    if not isinstance(listeners, list):
        return []
    return [(index, element) for index, element in enumerate(listeners) if isinstance(element, dict)]


def port_text(value: Any) -> str:
    """Return a port as text, since it is an IntOrString: 443, "443" and 443.0 are one port."""
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def listener_label(element: Element) -> str:
    """Return how messages name a listener: `443/HTTPS`."""
    return f"{port_text(element.get('port'))}/{element.get('protocol')}"


def name_of(albconfig: AlbConfig) -> str:
    """Return the name of the AlbConfig."""
    return str(albconfig["metadata"]["name"])


def config_of(albconfig: AlbConfig) -> dict[str, Any]:
    """Return `spec.config`, which describes the ALB; empty when there is none."""
    return object_in(object_in(albconfig.get("spec")).get("config"))


def find_listener(albconfig: AlbConfig, key: ListenerKey) -> ListenerRef:
    """Find a listener in its AlbConfig.

    Raises:
        NoSuchListener: names the listeners that are there.
        AmbiguousListener: there is more than one; the controller keeps only one of them, and which is its
            secret.
    """
    name = key.alb_config
    listeners = listeners_of(albconfig)
    found = [
        ListenerRef(key=key, index=index, element=element)
        for index, element in listeners
        if listener_label(element) == key.text
    ]
    if not found:
        there = listing([listener_label(element) for _, element in listeners]) or "no listener"
        sentence = (
            f"AlbConfig {name} has no listener {key.text}, it has {there}; listeners are never "
            f"created here: add it with `kubectl edit albconfig {name}`, or correct port and protocol in the "
            "configuration"
        )
        raise NoSuchListener(sentence)
    if len(found) > 1:
        places = ", ".join(f"spec.listeners[{ref.index}]" for ref in found)
        sentence = (
            f"AlbConfig {name} has the listener {key.text} {len(found)} times ({places}); remove all but one of them"
        )
        raise AmbiguousListener(sentence)
    return found[0]


def fields_of(element: Element) -> Fields:
    """Return the two fields that request client certificates, as they are."""
    return {pointer: element[pointer[1:]] for pointer in POINTERS if pointer[1:] in element}


def unit_of(fields: Fields) -> Fields:
    """Return the two fields among others that a claim may record."""
    return {pointer: fields[pointer] for pointer in POINTERS if pointer in fields}


def state_of_fields(fields: Fields) -> ListenerState:
    """Read what a claim recorded of a listener."""
    return state_of({pointer[1:]: value for pointer, value in fields.items()})


def switch_text(fields: Fields) -> str:
    """Return what caEnabled means, as YAML has it, or `absent`, which means false."""
    found = fields.get(CA_ENABLED_POINTER)
    return "absent" if found is None else str(found is True).lower()


def fields_text(fields: Fields) -> str:
    """Return what stands in the two fields, for people; what is absent is not said to be there."""
    meaning = meaning_of(fields)
    if meaning.malformed:
        return str(meaning)
    bound = fields.get(CA_CERTIFICATES_POINTER)
    holds = f"holds {', '.join(meaning.identifiers)}" if meaning.identifiers else "is empty"
    return f"caEnabled is {switch_text(fields)} and caCertificates {'is absent' if bound is None else holds}"


def meaning_of(fields: Fields) -> Meaning:
    """Return what the fields of a listener, or of a claim, mean."""
    enabled, listed = fields.get(CA_ENABLED_POINTER), fields.get(CA_CERTIFICATES_POINTER)
    wrong = []
    if not (_is_nothing(enabled) or enabled is True):
        wrong.append(enabled)
    entries = listed if isinstance(listed, list) else []
    if not (_is_nothing(listed) or isinstance(listed, list)):
        wrong.append(listed)
    identifiers = []
    for entry in entries:
        value = entry.get(CERTIFICATE_ID) if isinstance(entry, dict) else entry
        if isinstance(entry, dict) and isinstance(value, str) and value:
            identifiers.append(value)
        elif not _is_nothing(value):
            wrong.append(entry)
    malformed = json.dumps(wrong, ensure_ascii=False, sort_keys=True) if wrong else ""
    return Meaning(enabled=enabled is True, identifiers=tuple(identifiers), malformed=malformed)


def _is_nothing(value: Any) -> bool:
    # Not `in`: 0 is equal to False.
    return value is None or value is False or value in ("", [], {})


def load_balancer_id(albconfig: AlbConfig) -> str:
    """Return the id of the ALB behind an AlbConfig.

    Raises:
        NoLoadBalancer: the controller has not made one yet.
    """
    found = object_in(object_in(albconfig.get("status")).get("loadBalancer")).get("id")
    if not isinstance(found, str) or not found:
        raise NoLoadBalancer(name_of(albconfig))
    return found


def state_of(element: Element) -> ListenerState:
    """Read the two fields of a listener."""
    ca_enabled = element.get(CA_ENABLED)
    certificates = element.get(CA_CERTIFICATES)
    entries = certificates if isinstance(certificates, list) else []
    return ListenerState(
        ca_enabled=ca_enabled if isinstance(ca_enabled, bool) else None,
        identifiers=[
            entry[CERTIFICATE_ID]
            for entry in entries
            if isinstance(entry, dict) and isinstance(entry.get(CERTIFICATE_ID), str) and entry[CERTIFICATE_ID]
        ],
    )


def object_in(value: Any) -> dict[str, Any]:
    """Return an object of an AlbConfig, which may hold anything; empty when it is none."""
    return value if isinstance(value, dict) else {}


def objects_in(value: Any) -> list[dict[str, Any]]:
    """Return the objects of a list of an AlbConfig; empty when it is none."""
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []
