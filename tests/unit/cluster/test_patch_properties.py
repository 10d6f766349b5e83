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

from alb_mtls.cluster.claim import Claim
from alb_mtls.cluster.listener import CA_CERTIFICATES, CA_ENABLED, fields_of, find_listener, meaning_of, state_of
from alb_mtls.cluster.patch import steps_back
from tests.helpers.albconfigs import LISTENER, Object, albconfig, apply, as_bytes
from tests.helpers.claims import claim_of
from tests.helpers.examples import examples
from tests.helpers.patches import claim_patch, removal_of_claim, switch_patch

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
    claim = claim_of(previous=fields_of(find_listener(before, LISTENER).element))
    return apply(before, claim_patch(before, claim).operations), claim


def switched(item: Object, claim: Claim, wish: tuple[bool, list[str] | None]) -> Object:
    return apply(item, switch_patch(item, claim, on=wish[0], ids=wish[1]).operations)


def put_back(item: Object, claim: Claim, before: dict[str, Any]) -> Object:
    """Return the AlbConfig after all steps, the claim still on it."""
    there = fields_of(find_listener(item, LISTENER).element)
    for step in steps_back(there, before):
        item = apply(item, claim_patch(item, claim, step).operations)
    return item


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

    restored = put_back(after, claim, claim.previous)
    assert as_bytes(apply(restored, removal_of_claim(restored).operations)) == untouched
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
    after = switched(standing, next_claim, second)

    assert as_bytes(put_back(after, claim, fields)) == as_bytes(standing)


@fewer
@given(albconfigs(), _wishes)
def test_deciding_again_upon_the_result_finds_nothing_to_do(
    before: Object, wish: tuple[bool, list[str] | None]
) -> None:
    with_claim, claim = claimed(before)
    after = switched(with_claim, claim, wish)

    assert switch_patch(after, claim, on=wish[0], ids=wish[1]).operations == []


@fewer
@given(albconfigs(), st.sampled_from(["description", "caEnabled", "port", "certificates"]))
def test_a_patch_is_refused_when_anything_in_the_listener_changed_since_it_was_read(before: Object, key: str) -> None:
    with_claim, claim = claimed(before)
    ref = find_listener(with_claim, LISTENER)
    operations = switch_patch(with_claim, claim, on=True, ids=["ca-new"]).operations
    changed = copy.deepcopy(with_claim)
    changed["spec"]["listeners"][ref.index][key] = "another"
    # An element with null in a list is guarded by the version instead, which every write changes.
    changed["metadata"]["resourceVersion"] = "8"

    with pytest.raises(jsonpatch.JsonPatchTestFailed):
        apply(changed, operations)


@fewer
@given(albconfigs(), _wishes)
def test_what_a_switch_writes_means_what_is_desired_however_a_go_client_spells_it(
    before: Object, wish: tuple[bool, list[str] | None]
) -> None:
    with_claim, claim = claimed(before)
    after = fields_of(find_listener(switched(with_claim, claim, (wish[0], wish[1] or ["ca-a"])), LISTENER).element)
    listed = [{**one, "IsDefault": False} for one in after["/caCertificates"]]

    assert meaning_of({**after, "/caCertificates": listed}) == meaning_of(after)
