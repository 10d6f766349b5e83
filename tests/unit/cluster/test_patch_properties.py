"""Over ten thousand random AlbConfigs: what the patches change, what they leave, and that restore gives it all back.

What kube-apiserver makes of the same patches is decided in tests/lab/cluster/test_patching.py.
"""

import copy
import itertools
import math
from dataclasses import replace
from typing import Any

import jsonpatch
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alb_mtls.cluster.claim import Claim, read_claim
from alb_mtls.cluster.errors import ClaimLost
from alb_mtls.cluster.listener import CA_CERTIFICATES, CA_ENABLED, fields_of, find_listener, state_of
from alb_mtls.cluster.patch import claim_patch, restore_patch, roll_back_patch, switch_patch
from tests.helpers.albconfigs import LISTENER, Object, albconfig, apply, as_bytes
from tests.helpers.claims import claim_of
from tests.helpers.examples import examples

PORT, PROTOCOL = 443, "HTTPS"
KEY = LISTENER.claim_annotation

many = settings(
    max_examples=examples(10_000),
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
fewer = settings(many, max_examples=examples(500))

_ABSENT = object()
_texts = ["", "a", "生产 <&>", "\u2028\x00\x7f", "~1/~0", "🙂", "443", "null"]
_scalars = [None, True, False, 0, 1, -1, 2**53, 1e-7, 0.1, -0.0, 1.5e300, *_texts]
_nested = [[], {}, [None], [1, True, "1"], {"a": None}, {"": [None, {}]}, {"~1/~0": {"生产": [[], [None]]}}]
_values = [_ABSENT, *_scalars, *_nested]
_fields: dict[str, list[Any]] = {
    "caEnabled": [_ABSENT, True, False, None, "true", 1],
    "caCertificates": [
        _ABSENT,
        None,
        [],
        [{"CertificateId": "ca-a"}],
        [{"CertificateId": "ca-b", "IsDefault": False}],
        [{"certificateId": "x"}],
        "x",
    ],
    "certificates": _values,
    "description": [_ABSENT, *_texts],
    "xForwardedForConfig": _values,
}


def _element_at(number: int) -> Object:
    """Return one of all combinations of the fields: a single draw, so that ten thousand examples take seconds."""
    element = {}
    for key, values in _fields.items():
        number, place = divmod(number, len(values))
        if values[place] is not _ABSENT:
            element[key] = copy.deepcopy(values[place])
    return element


_element = st.integers(0, math.prod(map(len, _fields.values())) - 1).map(_element_at)
_others: list[tuple[Any, str]] = [(80, "HTTP"), (8443, "HTTPS"), (443, "QUIC"), ("8444", "HTTPS")]
_annotations: list[dict[str, str] | None] = [
    None,
    {"a/b": "c"},
    {"alb-mtls/claim.8443.https": "x", "~": "~1"},
    {"kubectl.kubernetes.io/last-applied-configuration": "{}"},
]
_neighbours = [(), *itertools.product(_others), *itertools.product(_others, repeat=2)]
_shapes = st.sampled_from(
    list(itertools.product(_neighbours, range(3), [443, "443", 443.0], _annotations, _values[1:]))
)
_wishes = st.sampled_from(list(itertools.product([True, False], [None, ["ca-a"], ["ca-new"]])))


@st.composite
def albconfigs(draw: st.DrawFn) -> Object:
    """Draw an AlbConfig with one listener 443/HTTPS among others, no type of anything assumed."""
    neighbours, place, port, annotations, tags = draw(_shapes)
    listeners = [{"port": port, "protocol": protocol, **draw(_element)} for port, protocol in neighbours]
    listeners.insert(place, {"port": port, "protocol": PROTOCOL, **draw(_element)})
    made = albconfig(*listeners, annotations=copy.copy(annotations))
    made["spec"]["config"]["tags"] = copy.deepcopy(tags)
    return made


def claimed(before: Object) -> tuple[Object, Claim]:
    """Return the AlbConfig with a claim on the listener, and the claim."""
    ref = find_listener(before, LISTENER)
    claim = claim_of(previous=fields_of(ref.element))
    return apply(before, claim_patch(before, ref, claim=claim, expected=None).operations), claim


def switched(item: Object, claim: Claim, wish: tuple[bool, list[str] | None]) -> Object:
    ca_enabled, identifiers = wish
    ref = find_listener(item, LISTENER)
    return apply(item, switch_patch(item, ref, claim=claim, ca_enabled=ca_enabled, identifiers=identifiers).operations)


def without_our_traces(item: Object) -> bytes:
    """Return the bytes of all that must never change: everything but the claim and the two fields of the listener."""
    rest = copy.deepcopy(item)
    element = find_listener(rest, LISTENER).element
    for key in (CA_ENABLED, CA_CERTIFICATES):
        element.pop(key, None)
    annotations = rest["metadata"].get("annotations", {})
    annotations.pop(KEY, None)
    if not annotations:
        rest["metadata"].pop("annotations", None)
    return as_bytes(rest)


@many
@given(albconfigs(), _wishes)
def test_a_switch_sets_the_two_fields_and_not_a_byte_more_and_restore_gives_the_original_back(
    before: Object, wish: tuple[bool, list[str] | None]
) -> None:
    untouched = as_bytes(before)
    with_claim, claim = claimed(before)
    after = switched(with_claim, claim, wish)

    state = state_of(find_listener(after, LISTENER).element)
    assert state.ca_enabled is wish[0]
    assert wish[1] is None or state.identifiers == wish[1]
    assert without_our_traces(after) == without_our_traces(before)

    restored = apply(after, restore_patch(after, find_listener(after, LISTENER), claim=claim).operations)
    assert as_bytes(restored) == untouched
    assert as_bytes(before) == untouched


@fewer
@given(albconfigs(), _wishes, _wishes)
def test_a_roll_back_gives_back_what_stood_before_the_attempt_and_not_what_stood_before_the_stack(
    before: Object, first: tuple[bool, list[str] | None], second: tuple[bool, list[str] | None]
) -> None:
    with_claim, claim = claimed(before)
    standing = switched(with_claim, claim, first)
    fields = copy.deepcopy(fields_of(find_listener(standing, LISTENER).element))
    next_claim = replace(claim, attempt="two")
    ref = find_listener(standing, LISTENER)
    begun = apply(standing, claim_patch(standing, ref, claim=next_claim, expected=claim).operations)
    after = switched(begun, next_claim, second)

    patch = roll_back_patch(after, find_listener(after, LISTENER), claim=next_claim, before=fields, claim_before=claim)

    assert as_bytes(apply(after, patch.operations)) == as_bytes(standing)


@fewer
@given(albconfigs(), _wishes)
def test_deciding_again_upon_the_result_finds_nothing_to_do(
    before: Object, wish: tuple[bool, list[str] | None]
) -> None:
    with_claim, claim = claimed(before)
    after = switched(with_claim, claim, wish)
    ref = find_listener(after, LISTENER)

    assert claim_patch(after, ref, claim=claim, expected=read_claim(after, LISTENER)).operations == []
    assert switch_patch(after, ref, claim=claim, ca_enabled=wish[0], identifiers=wish[1]).operations == []


@fewer
@given(albconfigs(), st.sampled_from(["description", "caEnabled", "port", "certificates"]))
def test_a_patch_is_refused_when_anything_in_the_listener_changed_since_it_was_read(before: Object, key: str) -> None:
    with_claim, claim = claimed(before)
    ref = find_listener(with_claim, LISTENER)
    operations = switch_patch(with_claim, ref, claim=claim, ca_enabled=True, identifiers=["ca-new"]).operations
    changed = copy.deepcopy(with_claim)
    changed["spec"]["listeners"][ref.index][key] = "another"
    # An element with null in a list is guarded by the version instead, which every write changes.
    changed["metadata"]["resourceVersion"] = "8"

    with pytest.raises(jsonpatch.JsonPatchTestFailed):
        apply(changed, operations)


@fewer
@given(albconfigs())
def test_no_write_is_decided_upon_once_the_attempt_in_the_claim_is_another(before: Object) -> None:
    with_claim, claim = claimed(before)
    late = replace(claim, attempt="zero")
    ref = find_listener(with_claim, LISTENER)

    with pytest.raises(ClaimLost):
        switch_patch(with_claim, ref, claim=late, ca_enabled=True, identifiers=["ca-new"])
    with pytest.raises(ClaimLost):
        restore_patch(with_claim, ref, claim=late)
