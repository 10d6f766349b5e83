"""Faults on CAS and ALB as the plain official SDK meets them, and whether the call had its effect."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from alibabacloud_alb20200616 import models as alb_models
from alibabacloud_cas20200407 import models as cas_models
from darabonba.exceptions import UnretryableException

from tests.helpers.lab import LabHandle, wait_until

HTTPS = "443/HTTPS"


def _create_repository(lab: LabHandle) -> None:
    request = cas_models.CreateWarehouseRequest(name="fault", type="uploadedAuthorityCertificate")
    lab.cas.create_warehouse(request)


def _repositories(lab: LabHandle) -> int:
    return len(lab.cas.list_warehouse(cas_models.ListWarehouseRequest(max_results=100)).body.data or [])


def _update_listener(lab: LabHandle) -> None:
    request = alb_models.UpdateListenerAttributeRequest(
        listener_id=lab.status["albconfigs"]["alb"]["listeners"][HTTPS]["listenerId"], idle_timeout=60
    )
    lab.alb.update_listener_attribute(request)


def _is_updated(lab: LabHandle) -> int:
    return int(lab.listener("alb", HTTPS).idle_timeout == 60)


@pytest.fixture(autouse=True)
def ready_to_change(lab: LabHandle) -> None:
    """Listings show at once, and the ALB takes changes that the controller does not take back."""
    lab.management.patch("/timings", json={"repository_listed_after_seconds": 0}).raise_for_status()
    lab.management.patch("/behaviour", json={"cloud": {"listener_edits_rejected": False}}).raise_for_status()
    lab.management.post("/controller/hold").raise_for_status()


CALLS: dict[str, tuple[Callable[[LabHandle], None], Callable[[LabHandle], int]]] = {
    "CreateWarehouse": (_create_repository, _repositories),
    "UpdateListenerAttribute": (_update_listener, _is_updated),
}


@pytest.fixture(params=CALLS)
def api(request: pytest.FixtureRequest) -> str:
    """Each service's call that changes something."""
    return str(request.param)


def _fault(lab: LabHandle, api: str, kind: str, **options: Any) -> None:
    lab.management.post("/faults", json={"kind": kind, "api": api, **options}).raise_for_status()


@pytest.mark.parametrize(("kind", "effects"), [("close-before", 0), ("close-after", 1)])
def test_a_closed_connection_is_an_error_of_the_sdk_whether_or_not_the_call_had_its_effect(
    lab: LabHandle, api: str, kind: str, effects: int
) -> None:
    call, effects_of = CALLS[api]
    _fault(lab, api, kind)
    with pytest.raises(UnretryableException, match="Remote end closed connection without response"):
        call(lab)
    assert effects_of(lab) == effects


def test_latency_delays_the_answer_and_nothing_else(lab: LabHandle, api: str) -> None:
    call, effects_of = CALLS[api]
    _fault(lab, api, "latency", seconds=0.5)
    before = time.monotonic()
    call(lab)
    assert time.monotonic() - before >= 0.5
    assert effects_of(lab) == 1


@pytest.mark.parametrize(("stage", "effects"), [("before", 0), ("after-effect", 1)])
def test_a_held_call_stands_until_it_is_released_and_then_is_answered(
    lab: LabHandle, api: str, stage: str, effects: int
) -> None:
    call, effects_of = CALLS[api]
    _fault(lab, api, "hold", stage=stage)
    with ThreadPoolExecutor() as pool:
        held = pool.submit(call, lab)
        [hold] = lab.management.get("/holds", params={"wait": 20}).json()
        assert (hold["api"], hold["stage"]) == (api, stage)
        assert effects_of(lab) == effects
        assert not held.done()
        lab.management.post(f"/holds/{hold['id']}/release").raise_for_status()
        held.result(timeout=20)
    wait_until(lambda: effects_of(lab) == 1, "the call has its effect")
