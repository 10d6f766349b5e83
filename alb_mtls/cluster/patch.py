"""JSON patches (RFC 6902) for an AlbConfig, each guarded by what was read. Pure.

Every patch tests the uid of the object and the whole listener element as read, and all but the first the
whole annotation that holds the claim. So a patch either meets exactly what was decided upon, or is rejected
with 422. A test on resourceVersion would fail whenever the controller writes status in between
(docs/facts/kubernetes.md, Guarded patches).

A patch without changes means that there is nothing to do.
"""

import copy
import json
from dataclasses import dataclass
from typing import Any

from alb_mtls.cluster.claim import Claim, claim_text, read_claim
from alb_mtls.cluster.errors import ClaimLost
from alb_mtls.cluster.go_json import holds_null_in_list
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
    state_of,
)
from alb_mtls.cluster.listener_key import ListenerKey

Operation = dict[str, Any]

_ANNOTATIONS = "/metadata/annotations"


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


def claim_patch(albconfig: AlbConfig, ref: ListenerRef, *, claim: Claim, expected: Claim | None) -> Patch:
    """Write a claim, or a new attempt into the claim that is there.

    Args:
        albconfig: as it was read.
        ref: the listener in it.
        claim: to be written.
        expected: the claim that was read and is replaced; None when there was none.

    Raises:
        ClaimLost: the claim in `albconfig` is not `expected`.
    """
    text = _text_of(albconfig, ref.key, expected)
    if claim == expected:
        return Patch()
    path = _annotation_path(ref.key)
    guards, added = _guards(albconfig, ref), {"op": "add", "path": path, "value": claim.to_text()}
    if text is not None or albconfig["metadata"].get("annotations"):
        # kube-apiserver lets a test for null pass when the member is absent, and rejects it when it has appeared.
        return Patch((*guards, {"op": "test", "path": path, "value": text}), (added,))
    whole = {ref.key.claim_annotation: claim.to_text()}
    return Patch(
        (*guards, {"op": "test", "path": _ANNOTATIONS, "value": None}),
        ({"op": "add", "path": _ANNOTATIONS, "value": whole},),
    )


def switch_patch(
    albconfig: AlbConfig, ref: ListenerRef, *, claim: Claim, ca_enabled: bool, identifiers: list[str] | None
) -> Patch:
    """Set the two fields of the listener in the name of a claim that stands.

    Args:
        albconfig: as it was read.
        ref: the listener in it.
        claim: that this attempt wrote.
        ca_enabled: the new `caEnabled`.
        identifiers: CAs for `caCertificates`; None leaves that field as it is.

    Raises:
        ClaimLost: the claim in `albconfig` is not `claim`.
    """
    text = _text_of(albconfig, ref.key, claim)
    fields = switched_fields(ref.element, ca_enabled=ca_enabled, identifiers=identifiers)
    held = {"op": "test", "path": _annotation_path(ref.key), "value": text}
    return Patch((*_guards(albconfig, ref), held), _field_changes(ref, fields))


def switched_fields(element: Element, *, ca_enabled: bool, identifiers: list[str] | None) -> Fields:
    """Return what a switch writes into a listener; other keys beside the right CertificateIds stay."""
    fields = {**fields_of(element), CA_ENABLED_POINTER: ca_enabled}
    if identifiers is not None and state_of(element).identifiers != identifiers:
        fields[CA_CERTIFICATES_POINTER] = [{CERTIFICATE_ID: identifier} for identifier in identifiers]
    return fields


def roll_back_patch(
    albconfig: AlbConfig, ref: ListenerRef, *, claim: Claim, before: Fields, claim_before: Claim | None
) -> Patch:
    """Put the two fields and the claim back as they were before an attempt.

    Args:
        albconfig: as it was read.
        ref: the listener in it.
        claim: that this attempt wrote.
        before: the fields as they were.
        claim_before: the claim that stood there before, or None.

    Raises:
        ClaimLost: the claim in `albconfig` is not `claim`.
    """
    changes = _field_changes(ref, before)
    if not changes and read_claim(albconfig, ref.key) == claim_before:
        return Patch()
    text = _text_of(albconfig, ref.key, claim)
    path = _annotation_path(ref.key)
    if claim_before is None:
        last: Operation = {"op": "remove", "path": path}
    else:
        last = {"op": "add", "path": path, "value": claim_before.to_text()}
    return Patch((*_guards(albconfig, ref), {"op": "test", "path": path, "value": text}), (*changes, last))


def restore_patch(albconfig: AlbConfig, ref: ListenerRef, *, claim: Claim) -> Patch:
    """Put the two fields back to what the claim says they were before the stack came, and remove the claim.

    One patch for both: a claim without its listener, or a listener without its claim, can never exist. An
    annotation map that becomes empty is dropped by kube-apiserver itself.

    Raises:
        ClaimLost: the claim in `albconfig` is not `claim`.
    """
    return roll_back_patch(albconfig, ref, claim=claim, before=claim.previous, claim_before=None)


def release_patch(albconfig: AlbConfig, listener: ListenerKey, *, claim: Claim) -> Patch:
    """Remove the claim on a listener that is no longer there.

    Raises:
        ClaimLost: the claim in `albconfig` is not `claim`.
    """
    text = _text_of(albconfig, listener, claim)
    path = _annotation_path(listener)
    return Patch(
        (
            {"op": "test", "path": "/metadata/uid", "value": albconfig["metadata"]["uid"]},
            {"op": "test", "path": path, "value": text},
        ),
        ({"op": "remove", "path": path},),
    )


def _guards(albconfig: AlbConfig, ref: ListenerRef) -> tuple[Operation, ...]:
    metadata = albconfig["metadata"]
    uid = {"op": "test", "path": "/metadata/uid", "value": metadata["uid"]}
    if holds_null_in_list(ref.element):
        return uid, {"op": "test", "path": "/metadata/resourceVersion", "value": metadata["resourceVersion"]}
    return uid, {"op": "test", "path": f"/spec/listeners/{ref.index}", "value": copy.deepcopy(ref.element)}


def _text_of(albconfig: AlbConfig, listener: ListenerKey, claim: Claim | None) -> str | None:
    """Return the annotation as read, which a test must name: another writer may have reformatted it."""
    if read_claim(albconfig, listener) != claim:
        raise ClaimLost(listener)
    return claim_text(albconfig, listener)


def _field_changes(ref: ListenerRef, fields: Fields) -> tuple[Operation, ...]:
    changes: list[Operation] = []
    there = fields_of(ref.element)
    for pointer in POINTERS:
        path = f"/spec/listeners/{ref.index}{pointer}"
        if pointer not in fields:
            if pointer in there:
                changes.append({"op": "remove", "path": path})
        elif pointer not in there or not _same(there[pointer], fields[pointer]):
            changes.append({"op": "add", "path": path, "value": copy.deepcopy(fields[pointer])})
    return tuple(changes)


def _same(one: Any, other: Any) -> bool:
    # Python holds 1 and True for equal, JSON does not.
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def _annotation_path(listener: ListenerKey) -> str:
    key = listener.claim_annotation.replace("~", "~0").replace("/", "~1")
    return f"{_ANNOTATIONS}/{key}"
