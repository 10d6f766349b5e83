"""What counts for the hash of an AlbConfig."""

from typing import Any

import pytest

from lab.controller.go_json import Decoder
from lab.controller.hash_label import HASH_LABEL, hash_of, label_of


def _albconfig(listener: dict[str, Any] | None = None, **metadata: Any) -> dict[str, Any]:
    listeners = [{"port": 443, "protocol": "HTTPS", **(listener or {})}]
    return {"metadata": {"name": "alb", **metadata}, "spec": {"config": {}, "listeners": listeners}}


def _hash(listener: dict[str, Any] | None = None, **metadata: Any) -> str:
    return hash_of(_albconfig(listener, **metadata), decoder=Decoder())


@pytest.mark.parametrize(
    "listener",
    [
        {"caEnabled": False},
        {"caEnabled": None, "caCertificates": []},
        {"idleTimeout": 0, "xForwardedForConfig": {"XForwardedForEnabled": False}},
        {"caEnable": True},
    ],
    ids=["false", "null and an empty list", "zeros of other fields", "an unknown key"],
)
def test_what_is_the_same_to_a_go_program_has_the_same_hash(listener: dict[str, Any]) -> None:
    assert _hash(listener) == _hash()


@pytest.mark.parametrize("listener", [{"caEnabled": True}, {"idleTimeout": 1}, {"port": 444}, {"gzipEnabled": False}])
def test_what_is_another_to_a_go_program_has_another_hash(listener: dict[str, Any]) -> None:
    assert _hash(listener) != _hash()


def test_annotations_and_the_beginning_of_the_deletion_count() -> None:
    assert len({_hash(), _hash(annotations={"claim": "1"}), _hash(deletionTimestamp="2026-11-27T08:00:00Z")}) == 3
    assert _hash(annotations={}) == _hash()


def test_labels_status_and_bookkeeping_do_not_count() -> None:
    written = _albconfig(labels={HASH_LABEL: "1"}, resourceVersion="2", generation=3) | {"status": {"loadBalancer": {}}}
    assert hash_of(written, decoder=Decoder()) == _hash()


def test_a_spec_that_no_go_program_can_read_has_a_hash_of_its_own() -> None:
    assert _hash({"caEnabled": "true"}) not in {_hash(), _hash({"caEnabled": "false"})}


def test_the_hash_is_a_value_that_a_label_can_have_and_is_read_from_it() -> None:
    value = _hash()
    assert value.isalnum()
    assert len(value) <= 63
    assert label_of(_albconfig(labels={HASH_LABEL: value})) == value
    assert label_of(_albconfig()) is None
