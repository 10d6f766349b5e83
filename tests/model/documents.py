"""The AlbConfig of the model: a real document as canonical JSON, what stands in it, and how it is patched."""

import json
from dataclasses import dataclass
from functools import cache
from typing import Any

import jsonpatch

from alb_mtls.cluster.claim import Claim, read_claim
from alb_mtls.cluster.listener import fields_of, find_listener, state_of
from alb_mtls.cluster.listener_key import ListenerKey
from alb_mtls.listeners.look import look_of
from alb_mtls.properties import to_props
from alb_mtls.resources import ListenerFound
from tests.helpers.albconfigs import LISTENER, apply
from tests.model.values import hashed_once, replace

# What the two fields mean, whatever way a client writes them: absent, null, false and empty are one.
Meaning = tuple[bool, tuple[str, ...]]

# A scope has the first of them, or both; where nothing else is said, the first is meant.
LISTENERS = (LISTENER, replace(LISTENER, port=8443))


@hashed_once
@dataclass(frozen=True, kw_only=True)
class Bound:
    """What a listener does about client certificates; of its headers, canonical JSON of what is on."""

    enabled: bool
    identifiers: tuple[str, ...]
    headers: str = "{}"


@cache
def patch(text: str, operations: str) -> str | None:
    """Return the AlbConfig after a JSON patch, with its version counted up; None when the patch is refused."""
    before = json.loads(text)
    try:
        after = apply(before, json.loads(operations))
    except (jsonpatch.JsonPatchException, jsonpatch.JsonPointerException):
        return None
    if after != before:
        after["metadata"]["resourceVersion"] = str(int(before["metadata"]["resourceVersion"]) + 1)
    return as_text(after)


@cache
def bound_in(text: str, listener: ListenerKey = LISTENER) -> Bound:
    """Return what the AlbConfig asks of a listener."""
    element = find_listener(json.loads(text), listener).element
    state, headers = state_of(element), element.get("xForwardedForConfig") or {}
    return Bound(
        enabled=bool(state.ca_enabled),
        identifiers=tuple(state.identifiers),
        headers=as_text({name: value for name, value in headers.items() if value}),
    )


@cache
def absent_in(text: str, listener: ListenerKey = LISTENER) -> tuple[bool, bool]:
    """Say of each of the two fields whether it is absent, or null, which the controller cannot tell apart."""
    element = find_listener(json.loads(text), listener).element
    return element.get("caEnabled") is None, element.get("caCertificates") is None


@cache
def meaning_in(text: str, listener: ListenerKey = LISTENER) -> Meaning:
    """Return what a listener's two fields mean."""
    found = bound_in(text, listener)
    return found.enabled, found.identifiers


def meaning_of(fields: dict[str, Any]) -> Meaning:
    """Return what fields mean that a claim recorded."""
    state = state_of({pointer[1:]: value for pointer, value in fields.items()})
    return bool(state.ca_enabled), tuple(state.identifiers)


@cache
def claim_in(text: str, listener: ListenerKey = LISTENER) -> Claim | None:
    """Return the claim on a listener."""
    return read_claim(json.loads(text), listener)


@cache
def found_in(text: str, take_over: str | None) -> str:
    """Return what the program finds of the listeners before it registers anything, as the anchor's input."""
    return as_text([to_props(_found(text, listener, take_over)) for listener in listeners_in(text)])


def _found(text: str, listener: ListenerKey, take_over: str | None) -> ListenerFound:
    claim, bound = claim_in(text, listener), bound_in(text, listener)
    if claim is not None:
        return ListenerFound(listener=listener, deployment=claim.deployment, owner=claim.owner, take_over=take_over)
    unsure = tuple(one for one in bound.identifiers if one != take_over)
    return ListenerFound(listener=listener, ca_identifiers=unsure, take_over=take_over)


@cache
def listeners_in(text: str) -> tuple[ListenerKey, ...]:
    """Return the listeners that a scope has."""
    ports = [one["port"] for one in json.loads(text)["spec"]["listeners"]]
    return tuple(one for one in LISTENERS if one.port in ports)


def observed_in(text: str, listener: ListenerKey = LISTENER) -> str:
    """Return what the program observes of the listener before it registers anything, as the switch's input."""
    # Not remembered: it is the program's own code, which a broken twin replaces.
    return look_of(json.loads(text), listener)


@cache
def is_held_in(text: str) -> bool:
    """Say whether somebody holds the listener."""
    return HOLD in (json.loads(text)["metadata"].get("annotations") or {})


@cache
def fields_in(text: str, listener: ListenerKey = LISTENER) -> str:
    """Return the listener's two fields as canonical JSON, only those that are there."""
    element = find_listener(json.loads(text), listener).element
    return as_text(fields_of(element))


@cache
def hashed_in(text: str) -> str:
    """Return what the controller takes the hash of: the spec as Go has it, where absent is zero, and the annotations.

    The hash label is written by the controller after a whole reconcile.
    """
    document = json.loads(text)
    meanings = [[*meaning_in(text, one), bound_in(text, one).headers] for one in listeners_in(text)]
    return as_text([meanings, document["metadata"].get("annotations") or {}])


@cache
def without_version(text: str) -> str:
    """Return the AlbConfig without what every write changes."""
    document = json.loads(text)
    del document["metadata"]["resourceVersion"]
    return as_text(document)


@cache
def without_attempt(text: str) -> str:
    """Return the AlbConfig without its version and without the attempt in the claim."""
    document = json.loads(without_version(text))
    for listener in listeners_in(text):
        claim = claim_in(text, listener)
        if claim is not None:
            document["metadata"]["annotations"][listener.claim_annotation] = replace(claim, attempt="any").to_text()
    return as_text(document)


def as_text(value: Any) -> str:
    """Return canonical JSON."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


HOLD = f"alb-mtls/hold.{LISTENER.port}.{LISTENER.protocol.lower()}"
