"""What the journal says that a write changed."""

import json

import pytest

from lab.kubernetes_proxy.calls import parse_call
from lab.kubernetes_proxy.effects import effect_of, reason_of

PATCH = parse_call("PATCH", "/apis/alibabacloud.com/v1/albconfigs/alb", "", b"")
ANSWER = json.dumps({"metadata": {"resourceVersion": "17"}}).encode()
JSON_PATCH = "application/json-patch+json"
CLAIM = "the-claim-of-a-listener"


def effect(sent: bytes, *, status: int = 200, content_type: str = JSON_PATCH, received: bytes = ANSWER) -> str:
    return effect_of(PATCH, status=status, content_type=content_type, sent=sent, received=received)


def test_a_json_patch_is_reported_by_its_operations_without_the_tests() -> None:
    sent = [
        {"op": "test", "path": "/metadata/uid", "value": "u"},
        {"op": "add", "path": "/spec/listeners/1/caEnabled", "value": True},
        {"op": "remove", "path": "/spec/listeners/1/caCertificates"},
    ]
    assert effect(json.dumps(sent).encode()) == (
        "patch albconfigs alb -> resourceVersion 17: "
        "add /spec/listeners/1/caEnabled = true, remove /spec/listeners/1/caCertificates"
    )


def test_other_values_of_a_json_patch_are_reported_apart_and_never_shown() -> None:
    def annotated(value: str) -> str:
        return effect(json.dumps([{"op": "add", "path": "/metadata/a", "value": value}]).encode())

    assert CLAIM not in annotated(CLAIM)
    assert "add /metadata/a = sha256:" in annotated(CLAIM)
    assert annotated(CLAIM) != annotated("another")


def test_another_kind_of_patch_is_reported_by_its_digest() -> None:
    effect_text = effect(json.dumps({"a": CLAIM}).encode(), content_type="application/merge-patch+json")
    assert effect_text.startswith("patch albconfigs alb -> resourceVersion 17: sha256:")
    assert CLAIM not in effect_text


def test_a_rejected_patch_has_no_effect() -> None:
    assert effect(b"[]", status=422) == ""


def test_a_read_has_no_effect() -> None:
    call = parse_call("GET", "/apis/alibabacloud.com/v1/albconfigs/alb", "", b"")
    assert effect_of(call, status=200, content_type="", sent=b"", received=ANSWER) == ""


def test_an_answer_in_another_encoding_only_lacks_the_version() -> None:
    sent = b'[{"op": "remove", "path": "/spec/a"}]'
    assert effect(sent, received=b"\x1f\x8b\x08") == "patch albconfigs alb: remove /spec/a"


def test_a_json_patch_that_only_tests_has_no_effect() -> None:
    assert effect(b'[{"op": "test", "path": "/metadata/uid", "value": "u"}]') == ""


@pytest.mark.parametrize(
    ("received", "reason"),
    [
        (b'{"kind": "Status", "reason": "Forbidden"}', "Forbidden"),
        (b'{"kind": "AlbConfig", "reason": "Forbidden"}', ""),
        (b"not JSON", ""),
    ],
)
def test_the_reason_of_an_error_is_read_from_a_status_only(received: bytes, reason: str) -> None:
    assert reason_of(received) == reason
