"""JSON patches (RFC 6902) for an AlbConfig, each guarded by what was read. Pure.

Every patch tests the uid of the object and the whole listener element as read, and all but the first the
whole annotation that holds the claim. So a patch either meets exactly what was decided upon, or is refused
with 422. A test on resourceVersion would be refused whenever the controller writes status in between
(toolchain.md, Running).

An empty list means that there is nothing to do.
"""

import copy
import json
from typing import Any

from alb_mtls.cluster.claim import Claim, annotation_key, claim_text, read_claim
from alb_mtls.cluster.errors import ClaimLost
from alb_mtls.cluster.go_json import holds_null_in_list
from alb_mtls.cluster.listener import (
    CA_CERTIFICATES,
    CA_ENABLED,
    CERTIFICATE_ID,
    AlbConfig,
    Element,
    ListenerRef,
    name_of,
    state_of,
)

Operation = dict[str, Any]

_ANNOTATIONS = "/metadata/annotations"


def attempt_ops(
    albconfig: AlbConfig, ref: ListenerRef, *, port: int, protocol: str, claim: Claim, expected: Claim | None
) -> list[Operation]:
    """Write a claim, or a new attempt into the claim that is there.

    Args:
        albconfig: as it was read.
        ref: the listener in it.
        port: of the listener.
        protocol: of the listener.
        claim: to be written.
        expected: the claim that was read and is replaced; None when there was none.

    Raises:
        ClaimLost: the claim in `albconfig` is not `expected`.
    """
    text = _text_of(albconfig, port=port, protocol=protocol, claim=expected)
    if claim == expected:
        return []
    path = _annotation_path(port=port, protocol=protocol)
    added = {"op": "add", "path": path, "value": claim.to_text()}
    guards = _guards(albconfig, ref)
    if text is not None:
        return [*guards, {"op": "test", "path": path, "value": text}, added]
    if albconfig["metadata"].get("annotations"):
        # kube-apiserver lets a test for null pass when the member is absent, and refuses it when it has
        # appeared.
        return [*guards, {"op": "test", "path": path, "value": None}, added]
    whole = {annotation_key(port=port, protocol=protocol): claim.to_text()}
    return [
        *guards,
        {"op": "test", "path": _ANNOTATIONS, "value": None},
        {"op": "add", "path": _ANNOTATIONS, "value": whole},
    ]


def switch_ops(
    albconfig: AlbConfig,
    ref: ListenerRef,
    *,
    port: int,
    protocol: str,
    claim: Claim,
    ca_enabled: bool,
    identifiers: list[str] | None,
) -> list[Operation]:
    """Set the two fields of the listener in the name of a claim that stands.

    Args:
        albconfig: as it was read.
        ref: the listener in it.
        port: of the listener.
        protocol: of the listener.
        claim: that this attempt wrote.
        ca_enabled: the new `caEnabled`.
        identifiers: CAs for `caCertificates`; None leaves that field as it is.

    Raises:
        ClaimLost: the claim in `albconfig` is not `claim`.
    """
    text = _text_of(albconfig, port=port, protocol=protocol, claim=claim)
    wanted = {CA_ENABLED: ca_enabled, **_kept(ref.element, CA_CERTIFICATES)}
    if identifiers is not None and state_of(ref.element).identifiers != identifiers:
        wanted[CA_CERTIFICATES] = [{CERTIFICATE_ID: identifier} for identifier in identifiers]
    changes = _field_ops(ref, wanted)
    if not changes:
        return []
    return [
        *_guards(albconfig, ref),
        {"op": "test", "path": _annotation_path(port=port, protocol=protocol), "value": text},
        *changes,
    ]


def roll_back_ops(
    albconfig: AlbConfig,
    ref: ListenerRef,
    *,
    port: int,
    protocol: str,
    claim: Claim,
    before: Element,
    claim_before: Claim | None,
) -> list[Operation]:
    """Put the two fields and the claim back as they were before an attempt.

    Args:
        albconfig: as it was read.
        ref: the listener in it.
        port: of the listener.
        protocol: of the listener.
        claim: that this attempt wrote.
        before: the listener element as it was; only its two fields count.
        claim_before: the claim that stood there before, or None.

    Raises:
        ClaimLost: the claim in `albconfig` is not `claim`.
    """
    changes = _field_ops(ref, before)
    if not changes and read_claim(albconfig, port=port, protocol=protocol) == claim_before:
        return []
    text = _text_of(albconfig, port=port, protocol=protocol, claim=claim)
    path = _annotation_path(port=port, protocol=protocol)
    if claim_before is None:
        last: Operation = {"op": "remove", "path": path}
    else:
        last = {"op": "add", "path": path, "value": claim_before.to_text()}
    return [*_guards(albconfig, ref), {"op": "test", "path": path, "value": text}, *changes, last]


def restore_ops(albconfig: AlbConfig, ref: ListenerRef, *, port: int, protocol: str, claim: Claim) -> list[Operation]:
    """Put the two fields back to what the claim says they were before the stack came, and remove the claim.

    One patch for both: a claim without its listener, or a listener without its claim, can never be seen. An
    annotation map that becomes empty is dropped by kube-apiserver itself.

    Raises:
        ClaimLost: the claim in `albconfig` is not `claim`.
    """
    return roll_back_ops(
        albconfig, ref, port=port, protocol=protocol, claim=claim, before=claim.previous, claim_before=None
    )


def release_ops(albconfig: AlbConfig, *, port: int, protocol: str, claim: Claim) -> list[Operation]:
    """Remove the claim on a listener that is no longer there.

    Raises:
        ClaimLost: the claim in `albconfig` is not `claim`.
    """
    text = _text_of(albconfig, port=port, protocol=protocol, claim=claim)
    path = _annotation_path(port=port, protocol=protocol)
    return [
        {"op": "test", "path": "/metadata/uid", "value": albconfig["metadata"]["uid"]},
        {"op": "test", "path": path, "value": text},
        {"op": "remove", "path": path},
    ]


def _guards(albconfig: AlbConfig, ref: ListenerRef) -> list[Operation]:
    metadata = albconfig["metadata"]
    uid = {"op": "test", "path": "/metadata/uid", "value": metadata["uid"]}
    if holds_null_in_list(ref.element):
        return [
            uid,
            {"op": "test", "path": "/metadata/resourceVersion", "value": metadata["resourceVersion"]},
        ]
    return [uid, {"op": "test", "path": f"/spec/listeners/{ref.index}", "value": copy.deepcopy(ref.element)}]


def _text_of(albconfig: AlbConfig, *, port: int, protocol: str, claim: Claim | None) -> str | None:
    """Return the annotation as read, which a test must name: another writer may have reformatted it."""
    if read_claim(albconfig, port=port, protocol=protocol) != claim:
        raise ClaimLost(alb_config=name_of(albconfig), port=port, protocol=protocol)
    return claim_text(albconfig, port=port, protocol=protocol)


def _field_ops(ref: ListenerRef, wanted: dict[str, Any]) -> list[Operation]:
    operations: list[Operation] = []
    for key in (CA_ENABLED, CA_CERTIFICATES):
        path = f"/spec/listeners/{ref.index}/{key}"
        if key not in wanted:
            if key in ref.element:
                operations.append({"op": "remove", "path": path})
        elif key not in ref.element or not _same(ref.element[key], wanted[key]):
            operations.append({"op": "add", "path": path, "value": copy.deepcopy(wanted[key])})
    return operations


def _same(one: Any, other: Any) -> bool:
    # Python holds 1 and True for equal, JSON does not.
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def _kept(element: Element, key: str) -> dict[str, Any]:
    return {key: element[key]} if key in element else {}


def _annotation_path(*, port: int, protocol: str) -> str:
    key = annotation_key(port=port, protocol=protocol).replace("~", "~0").replace("/", "~1")
    return f"{_ANNOTATIONS}/{key}"
