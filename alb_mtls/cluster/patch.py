"""JSON patches (RFC 6902) for an AlbConfig, each guarded by what was read. Pure.

Every patch tests the uid of the object, the whole listener element, the annotation that holds the claim, and that
nobody holds the listener, all as read. So a patch either meets exactly what was decided upon, or is rejected with 422.
A test on resourceVersion would fail whenever the controller writes status in between (docs/facts/kubernetes.md, Guarded
patches).

The fields of a listener change only together with the claim on it. So who changes the fields and not the claim is
somebody else; and the hash that the controller keeps of spec and annotations is always another one, without which it
drops the event (docs/facts/alibaba-cloud.md).

A patch without changes means that there is nothing to do.
"""

import copy
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from alb_mtls.cluster.claim import Claim, claim_text
from alb_mtls.cluster.go_json import holds_null_in_list
from alb_mtls.cluster.identity_headers import (
    HEADER_POINTERS,
    PARENT,
    PARENT_POINTER,
    REMOVED,
    headers_in,
    key_of,
)
from alb_mtls.cluster.listener import (
    CA_CERTIFICATES_POINTER,
    CA_ENABLED_POINTER,
    CERTIFICATE_ID,
    POINTERS,
    AlbConfig,
    Element,
    Fields,
    ListenerRef,
    fields_of,
    meaning_of,
    state_of,
    unit_of,
)
from alb_mtls.cluster.listener_key import ListenerKey

Operation = dict[str, Any]

ANNOTATIONS = "/metadata/annotations"


@dataclass(frozen=True)
class Patch:
    """A JSON patch.

    Attributes:
        guards: what was read; the patch is rejected when it is no longer so.
        changes: what becomes of it.
    """

    guards: tuple[Operation, ...] = ()
    changes: tuple[Operation, ...] = ()

    @property
    def operations(self) -> list[Operation]:
        """What is sent; empty when there is nothing to change."""
        return [*self.guards, *self.changes] if self.changes else []


def listener_patch(albconfig: AlbConfig, ref: ListenerRef, *, claim: Claim, fields: Fields) -> Patch:
    """Set fields of a listener and the claim on it, together.

    Args:
        albconfig: as it was read.
        ref: the listener in it.
        claim: to be written, with an attempt that no earlier patch has written together with these fields.
        fields: to be written. Of the two that request client certificates, one that is not in them is removed; of keys
            of headers, one that is `REMOVED`, and others stay as they are.
    """
    annotations = albconfig["metadata"].get("annotations")
    path, text = annotation_path(ref.key.claim_annotation), claim.to_text()
    change: Operation = {"op": "add", "path": path, "value": text}
    if not annotations:
        change = {"op": "add", "path": ANNOTATIONS, "value": {ref.key.claim_annotation: text}}
    claimed = () if claim_text(albconfig, ref.key) == text else (change,)
    return Patch(_guards(albconfig, ref.key, ref), (*_field_changes(ref, fields), *claimed))


def release_patch(
    albconfig: AlbConfig, listener: ListenerKey, ref: ListenerRef | None, *, fields: Fields | None = None
) -> Patch:
    """Remove the claim on a listener and nothing else.

    An annotation map that becomes empty is dropped by kube-apiserver itself.

    Args:
        albconfig: as it was read.
        listener: that the claim is on.
        ref: the listener in the AlbConfig; None when it is no longer there.
        fields: written in the same patch, which is only ever tried: a real one leaves them to patches of their own.
    """
    removal: Operation = {"op": "remove", "path": annotation_path(listener.claim_annotation)}
    changes = () if ref is None or fields is None else _field_changes(ref, fields)
    return Patch(_guards(albconfig, listener, ref), (*changes, removal))


def switched_fields(element: Element, *, ca_enabled: bool, identifiers: list[str]) -> Fields:
    """Return what a switch writes into a listener; other keys beside the right CertificateIds stay."""
    fields = {**fields_of(element), CA_ENABLED_POINTER: ca_enabled}
    if state_of(element).identifiers != identifiers:
        fields[CA_CERTIFICATES_POINTER] = [{CERTIFICATE_ID: identifier} for identifier in identifiers]
    return fields


def steps_back(there: Fields, before: Fields) -> list[Fields]:
    """Return what is written of the two fields, one after the other, so that a listener becomes as it was before.

    An ALB that requests certificates rejects an empty CA, so one that is to request none is switched off first; and a
    controller may take a field that becomes absent for unchanged, so it is switched off, and its list emptied, in so
    many words, before the field goes. A listener that requested certificates before goes back in one step, never
    through off.
    """
    there, before = unit_of(there), unit_of(before)
    if meaning_of(before).enabled:
        return [before]
    off = {**there, CA_ENABLED_POINTER: False}
    if not meaning_of(before).identifiers:
        off[CA_CERTIFICATES_POINTER] = []
    return [before] if same_json(off, before) or same_json(there, before) else [off, before]


def _guards(albconfig: AlbConfig, listener: ListenerKey, ref: ListenerRef | None) -> tuple[Operation, ...]:
    guards = [uid_guard(albconfig), *([] if ref is None else element_guards(albconfig, [ref]))]
    # kube-apiserver lets a test for null pass when the member is absent, and rejects it when it has appeared.
    if not albconfig["metadata"].get("annotations"):
        return (*guards, {"op": "test", "path": ANNOTATIONS, "value": None})
    claim = claim_text(albconfig, listener)
    return (
        *guards,
        {"op": "test", "path": annotation_path(listener.claim_annotation), "value": claim},
        {"op": "test", "path": annotation_path(listener.hold_annotation), "value": None},
    )


def uid_guard(albconfig: AlbConfig) -> Operation:
    """Test that the object is the one that was read."""
    return {"op": "test", "path": "/metadata/uid", "value": albconfig["metadata"]["uid"]}


def element_guards(albconfig: AlbConfig, refs: Sequence[ListenerRef]) -> list[Operation]:
    """Test that whole listeners are as they were read; where that cannot be tested, that nothing at all has changed."""
    if holds_null_in_list([ref.element for ref in refs]):
        return [version_guard(albconfig)]
    return [{"op": "test", "path": f"/spec/listeners/{ref.index}", "value": copy.deepcopy(ref.element)} for ref in refs]


def version_guard(albconfig: AlbConfig) -> Operation:
    """Test that nothing at all has changed, a status neither."""
    version = albconfig["metadata"]["resourceVersion"]
    return {"op": "test", "path": "/metadata/resourceVersion", "value": version}


def _field_changes(ref: ListenerRef, fields: Fields) -> tuple[Operation, ...]:
    changes: list[Operation] = []
    there = fields_of(ref.element)
    for pointer in POINTERS:
        path = f"/spec/listeners/{ref.index}{pointer}"
        if pointer not in fields:
            if pointer in there:
                changes.append({"op": "remove", "path": path})
        elif pointer not in there or not same_json(there[pointer], fields[pointer]):
            changes.append({"op": "add", "path": path, "value": copy.deepcopy(fields[pointer])})
    return (*changes, *_header_changes(ref, fields))


def _header_changes(ref: ListenerRef, fields: Fields) -> tuple[Operation, ...]:
    path, element = f"/spec/listeners/{ref.index}{PARENT_POINTER}", ref.element
    goal, parent = fields.get(PARENT_POINTER), element.get(PARENT)
    if goal is REMOVED:
        return ({"op": "remove", "path": path},) if PARENT in element else ()
    if PARENT_POINTER in fields and not isinstance(goal, dict):
        # It was null before, or what no controller takes.
        return () if PARENT in element and same_json(parent, goal) else ({"op": "add", "path": path, "value": goal},)
    if not isinstance(parent, dict):
        keys = {
            key_of(pointer): fields[pointer] for pointer in headers_in(fields) if not _says_nothing(fields[pointer])
        }
        made = {**copy.deepcopy(goal), **keys} if isinstance(goal, dict) else keys
        return ({"op": "add", "path": path, "value": made},) if keys or isinstance(goal, dict) else ()
    changes: list[Operation] = []
    for pointer in HEADER_POINTERS:
        key, place = key_of(pointer), f"{path}/{key_of(pointer)}"
        if pointer not in fields:
            continue
        if fields[pointer] is REMOVED:
            changes += [{"op": "remove", "path": place}] if key in parent else []
        elif not same_json(parent.get(key, ""), fields[pointer]):
            changes.append({"op": "add", "path": place, "value": fields[pointer]})
    return tuple(changes)


def _says_nothing(value: Any) -> bool:
    # An alias that is empty is not written where there is none: whoever validates aliases takes 1 to 40 characters.
    return value is REMOVED or value == ""


def same_json(one: Any, other: Any) -> bool:
    """Say whether two values are the same JSON: Python holds 1 and True for equal."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def annotation_path(name: str) -> str:
    """Return the JSON pointer of an annotation."""
    return f"{ANNOTATIONS}/{name.replace('~', '~0').replace('/', '~1')}"
