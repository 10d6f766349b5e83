"""The controller with its hash label, without a resync: what it drops, and what brings the ALB back in line."""

import time
from typing import Any

import pytest

from lab.controller.hash_label import HASH_LABEL
from tests.helpers.bound_ca import upload_ca
from tests.helpers.client_identities import authority
from tests.helpers.controller_events import forget_events, has_event
from tests.helpers.lab import LabHandle, wait_until

HTTPS = "443/HTTPS"
CLAIM = "/metadata/annotations"


@pytest.fixture(autouse=True)
def labelled(lab: LabHandle) -> None:
    """Have every AlbConfig reconciled and labelled, and nothing repeated by itself."""
    hurry = {"repository_listed_after_seconds": 0, "requests_per_second": 10_000}
    lab.management.patch("/timings", json=hurry).raise_for_status()
    _behave(lab, hash_label=True, resync_seconds=0)
    lab.settle()
    forget_events(lab)


@pytest.fixture
def identifier(lab: LabHandle) -> str:
    return upload_ca(lab, authority("root").certificate)


def _behave(lab: LabHandle, **switches: Any) -> None:
    lab.management.patch("/behaviour", json={"controller": switches}).raise_for_status()


def _label(lab: LabHandle) -> str | None:
    return (lab.albconfig("alb")["metadata"].get("labels") or {}).get(HASH_LABEL)


def _switch_on(lab: LabHandle, identifier: str) -> None:
    values = {"caEnabled": True, "caCertificates": [{"CertificateId": identifier}]}
    operations = [{"op": "add", "path": f"/spec/listeners/1/{name}", "value": each} for name, each in values.items()]
    lab.patch_albconfig("alb", operations)


def _put_back(lab: LabHandle, *more: dict[str, Any]) -> None:
    """Remove both fields, so that the spec is what it was."""
    removals = [{"op": "remove", "path": f"/spec/listeners/1/{name}"} for name in ("caEnabled", "caCertificates")]
    lab.patch_albconfig("alb", [*removals, *more])


def _is_on(lab: LabHandle) -> bool:
    listener = lab.listener("alb", HTTPS)
    return bool(listener.ca_enabled) and listener.listener_status == "Running"


def _stays_on(lab: LabHandle, *, seconds: float = 1.5) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if not _is_on(lab):
            return False
        time.sleep(0.1)
    return True


def _fail_half_way(lab: LabHandle, identifier: str) -> None:
    """Switch the listener on in a reconcile that changes the ALB and fails; the next try comes in an hour."""
    _behave(lab, fails_half_way=True, first_retry_seconds=3600, last_retry_seconds=3600)
    _switch_on(lab, identifier)
    wait_until(lambda: _is_on(lab), "the listener requests certificates")
    wait_until(lambda: has_event(lab, "alb", "FailedApplyModel", "fails_half_way"), "the failure is reported")
    _behave(lab, fails_half_way=False)


def test_a_successful_reconcile_is_labelled_with_a_hash_that_follows_the_spec(lab: LabHandle, identifier: str) -> None:
    before = _label(lab)
    assert before
    _switch_on(lab, identifier)
    wait_until(lambda: _is_on(lab) and _label(lab) not in {None, before}, "the new spec is labelled")
    _put_back(lab)
    wait_until(lambda: not _is_on(lab) and _label(lab) == before, "the former spec is labelled as before")


def test_the_way_back_after_a_half_way_failure_is_dropped_also_after_a_restart(lab: LabHandle, identifier: str) -> None:
    before = _label(lab)
    _fail_half_way(lab, identifier)
    assert _label(lab) == before, "a reconcile that fails writes no label"
    _put_back(lab)
    assert _stays_on(lab)
    lab.management.post("/controller/restart").raise_for_status()
    assert _stays_on(lab)


def test_the_way_back_with_a_fresh_annotation_is_no_dropped_event(lab: LabHandle, identifier: str) -> None:
    _fail_half_way(lab, identifier)
    _put_back(lab, {"op": "add", "path": CLAIM, "value": {"alb-mtls/claim.443.https": "2"}})
    wait_until(lambda: not _is_on(lab), "the listener requests no certificate")


def test_the_way_back_is_taken_up_when_the_back_off_is_over(lab: LabHandle, identifier: str) -> None:
    _behave(lab, fails_half_way=True, first_retry_seconds=3, last_retry_seconds=3)
    _switch_on(lab, identifier)
    wait_until(lambda: _is_on(lab), "the listener requests certificates")
    _put_back(lab)
    _behave(lab, fails_half_way=False)
    assert _stays_on(lab, seconds=0.5)
    wait_until(lambda: not _is_on(lab), "the listener requests no certificate")


def test_a_restart_forgets_the_back_off_and_a_spec_without_its_label_is_reconciled(
    lab: LabHandle, identifier: str
) -> None:
    _fail_half_way(lab, identifier)
    forget_events(lab)
    lab.management.post("/controller/restart").raise_for_status()
    wait_until(lambda: has_event(lab, "alb", "SuccessfullyReconciled"), "it was reconciled again")
    assert _is_on(lab)


def test_what_differs_on_the_alb_alone_stays_until_the_albconfig_changes(lab: LabHandle, identifier: str) -> None:
    _fail_half_way(lab, identifier)
    _put_back(lab)
    assert _stays_on(lab, seconds=0.5)
    lab.patch_albconfig("alb", [{"op": "add", "path": "/spec/listeners/0/idleTimeout", "value": 30}])
    wait_until(lambda: not _is_on(lab), "everything that was pending is done")


def test_with_a_resync_the_alb_comes_back_in_line_by_itself(lab: LabHandle, identifier: str) -> None:
    _fail_half_way(lab, identifier)
    _put_back(lab)
    assert _stays_on(lab, seconds=0.5)
    _behave(lab, resync_seconds=0.5)
    wait_until(lambda: not _is_on(lab), "the listener requests no certificate")
