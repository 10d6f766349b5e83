"""The validating webhook of a lab, as kube-apiserver reports it to whoever writes an AlbConfig."""

import json
import re
import time
from typing import Any

import pytest
from kubernetes.client.exceptions import ApiException

from lab.controller.hash_label import HASH_LABEL
from tests.helpers.lab import GROUP, PLURAL, VERSION, LabHandle, wait_until

TEXT = "no change on Fridays"
ANNOTATIONS = "/metadata/annotations"
ADDITION: list[dict[str, Any]] = [{"op": "add", "path": ANNOTATIONS, "value": {"team": "shop"}}]
STALE: list[dict[str, Any]] = [{"op": "test", "path": "/metadata/uid", "value": "another"}, *ADDITION]
DENIED = 'admission webhook "valbconfig.alb.alibabacloud.com" denied the request'
FAILED = (
    'Internal error occurred: failed calling webhook "valbconfig.alb.alibabacloud.com": failed to call webhook: Post '
)


def _behave(lab: LabHandle, **switches: Any) -> None:
    lab.management.patch("/behaviour", json={"controller": switches}).raise_for_status()


def _patch(lab: LabHandle, operations: list[dict[str, Any]] = ADDITION, *, dry_run: bool = False) -> dict[str, Any]:
    options: dict[str, Any] = {"dry_run": "All"} if dry_run else {}
    patched: Any = lab.custom_objects(lab.program).patch_cluster_custom_object(
        GROUP, VERSION, PLURAL, "alb", operations, _content_type="application/json-patch+json", **options
    )
    return dict(patched)


def _refusal(lab: LabHandle, operations: list[dict[str, Any]] = ADDITION, *, dry_run: bool = False) -> tuple[int, str]:
    with pytest.raises(ApiException) as caught:
        _patch(lab, operations, dry_run=dry_run)
    body: Any = caught.value.body
    return int(caught.value.status or 0), str(json.loads(body)["message"])


def _is_annotated(lab: LabHandle) -> bool:
    return "annotations" in lab.albconfig("alb")["metadata"]


def test_a_dry_run_that_the_webhook_accepts_stores_nothing_and_the_patch_itself_does(lab: LabHandle) -> None:
    assert _patch(lab, dry_run=True)["metadata"]["annotations"] == {"team": "shop"}
    assert not _is_annotated(lab)
    _patch(lab)
    assert _is_annotated(lab)


@pytest.mark.parametrize("code", [400, 401, 403, 404, 409, 422, 429, 500, 503])
def test_a_denial_has_its_text_and_whatever_status_the_webhook_chose(code: int, lab: LabHandle) -> None:
    _behave(lab, webhook="denies", webhook_text=TEXT, webhook_code=code)
    assert _refusal(lab) == (code, f"{DENIED}: {TEXT}")
    assert _refusal(lab, dry_run=True) == (code, f"{DENIED}: {TEXT}")
    assert not _is_annotated(lab)


def test_a_denial_without_a_text_says_so(lab: LabHandle) -> None:
    _behave(lab, webhook="denies", webhook_text="")
    assert _refusal(lab) == (403, f"{DENIED} without explanation")


def test_only_what_matches_the_expression_is_denied(lab: LabHandle) -> None:
    _behave(lab, webhook="denies", webhook_text=TEXT, webhook_denies='"team": "sh')
    assert _refusal(lab) == (403, f"{DENIED}: {TEXT}")
    _patch(lab, [{"op": "add", "path": ANNOTATIONS, "value": {"team": "ops"}}])


def test_a_patch_whose_test_fails_never_reaches_the_webhook(lab: LabHandle) -> None:
    _behave(lab, webhook="denies", webhook_text=TEXT)
    assert _refusal(lab, STALE) == (422, "the server rejected our request due to an error in our request")


@pytest.mark.parametrize(("mode", "reason"), [("down", "EOF"), ("slow", "context deadline exceeded")])
def test_a_webhook_that_does_not_answer_is_an_internal_error_within_its_two_seconds(
    mode: str, reason: str, lab: LabHandle
) -> None:
    _behave(lab, webhook=mode)
    started = time.monotonic()
    for dry_run in (False, True):
        status, message = _refusal(lab, dry_run=dry_run)
        assert status == 500
        assert message.startswith(FAILED)
        assert message.endswith(f": {reason}")
    assert time.monotonic() - started < 8
    assert not _is_annotated(lab)


def test_a_webhook_with_side_effects_is_called_in_no_dry_run_but_for_every_patch(lab: LabHandle) -> None:
    _behave(lab, webhook="refuses-dry-run")
    lab.settle()
    refusal = 'admission webhook "valbconfig.alb.alibabacloud.com" does not support dry run'
    assert _refusal(lab, dry_run=True) == (400, refusal)
    _patch(lab)
    assert _is_annotated(lab)
    _behave(lab, webhook="accepts")
    lab.settle()
    _patch(lab, dry_run=True)


@pytest.mark.parametrize(("kind", "mode"), [("webhook-denies", "denies"), ("webhook-down", "down")])
def test_an_injected_fault_of_the_webhook_is_answered_as_the_real_one_is(kind: str, mode: str, lab: LabHandle) -> None:
    _behave(lab, webhook=mode, webhook_text="a fault set in the lab")
    status, message = _refusal(lab)
    _behave(lab, webhook="accepts")
    fault = {"kind": kind, "service": "kubernetes", "api": "patch albconfigs"}
    lab.management.post("/faults", json=fault).raise_for_status()
    # It calls no address, and so has no port to name.
    assert _refusal(lab) == (status, re.sub(r"127.0.0.1:\d+", "127.0.0.1", message))


@pytest.mark.parametrize(
    ("service", "api", "status"),
    [
        ("kubernetes", "dry-run patch albconfigs", 201),
        ("kubernetes", "get albconfigs", 422),
        ("kubernetes", "*", 422),
        ("cas", "UploadPCACert", 422),
    ],
)
def test_only_a_patch_can_meet_a_fault_of_the_webhook(
    service: str, api: str, status: int, shared_lab: LabHandle
) -> None:
    fault = {"kind": "webhook-down", "service": service, "api": api}
    response = shared_lab.management.post("/faults", json=fault)
    assert response.status_code == status
    if status == 201:
        shared_lab.management.delete(f"/faults/{response.json()['id']}").raise_for_status()


def test_the_controller_labels_what_it_reconciled_although_the_webhook_denies_everybody_else(lab: LabHandle) -> None:
    lab.settle()
    before = lab.albconfig("alb")["metadata"]["labels"][HASH_LABEL]
    _patch(lab)
    _behave(lab, webhook="denies")
    wait_until(lambda: lab.albconfig("alb")["metadata"]["labels"][HASH_LABEL] != before, "a new label")


def test_the_controller_cannot_label_while_its_webhook_is_down_and_does_when_it_is_back(lab: LabHandle) -> None:
    lab.settle()
    before = lab.albconfig("alb")["metadata"]["labels"][HASH_LABEL]
    lab.management.post("/controller/hold").raise_for_status()
    _patch(lab)
    _behave(lab, webhook="down")
    lab.management.post("/controller/release").raise_for_status()
    time.sleep(1)
    assert lab.albconfig("alb")["metadata"]["labels"][HASH_LABEL] == before
    _behave(lab, webhook="accepts")
    wait_until(lambda: lab.albconfig("alb")["metadata"]["labels"][HASH_LABEL] != before, "a new label")


def test_the_journal_names_a_dry_run_apart_from_the_patch_and_gives_it_no_effect(lab: LabHandle) -> None:
    _patch(lab, dry_run=True)
    _patch(lab)
    entries = lab.management.get("/journal", params={"service": "kubernetes", "api": "*patch albconfigs"}).json()
    assert [(each["api"], bool(each["effect"])) for each in entries] == [
        ("dry-run patch albconfigs", False),
        ("patch albconfigs", True),
    ]
