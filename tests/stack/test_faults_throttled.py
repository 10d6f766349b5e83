"""Forty listeners on an account that takes ten requests a second of each API, as the cloud does."""

import logging
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.faults.cells import hurry
from tests.harness.program import WithoutEngine
from tests.helpers.lab import GROUP, PLURAL, VERSION, LabHandle, wait_until
from tests.helpers.stack_config import listener, stack_config
from tests.helpers.world import World

LISTENERS, REQUESTS_PER_SECOND = 40, 10
PORTS = [443, *range(9001, 9000 + LISTENERS)]
Record = Callable[[str, object], None]


@pytest.fixture
def crowded(lab: LabHandle, monkeypatch: pytest.MonkeyPatch) -> LabHandle:
    """A lab whose AlbConfig alb has forty HTTPS listeners, all running."""
    monkeypatch.setattr(logging.getLogger("asyncio"), "disabled", True)
    hurry(lab)
    [existing] = [each for each in lab.albconfig("alb")["spec"]["listeners"] if each["port"] == 443]
    added = [{**existing, "port": port} for port in PORTS[1:]]
    operations = [{"op": "add", "path": "/spec/listeners/-", "value": each} for each in added]
    lab.custom_objects().patch_cluster_custom_object(
        GROUP, VERSION, PLURAL, "alb", operations, _content_type="application/json-patch+json"
    )
    wait_until(lambda: _running(lab) >= set(PORTS), "all listeners run", seconds=120, every=1)
    return lab


def _running(lab: LabHandle) -> set[int]:
    listeners = lab.status["albconfigs"]["alb"]["listeners"]
    names = [name for name in listeners if name.endswith("/HTTPS")]
    return {int(name.partition("/")[0]) for name in names if lab.listener("alb", name).listener_status == "Running"}


def _on_the_alb(lab: LabHandle) -> dict[int, Any]:
    attributes = {port: lab.listener("alb", f"{port}/HTTPS") for port in PORTS}
    return {p: (a.ca_enabled, [c.certificate_id for c in a.ca_certificates or []]) for p, a in attributes.items()}


def _timed(lab: LabHandle, operation: Callable[[], None]) -> dict[str, object]:
    """Run an operation throttled; return how long it took and what it cost."""
    lab.management.delete("/journal").raise_for_status()
    lab.management.patch("/timings", json={"requests_per_second": REQUESTS_PER_SECOND}).raise_for_status()
    started = time.monotonic()
    operation()
    seconds = time.monotonic() - started
    hurry(lab)
    calls = [each for each in lab.management.get("/journal").json() if each["service"] in {"cas", "alb"}]
    throttled = sum(1 for each in calls if each["code"].startswith("Throttling"))
    return {"seconds": round(seconds), "calls": len(calls), "throttled": throttled}


@pytest.mark.faults
@pytest.mark.timeout(900)
def test_forty_listeners_are_switched_on_and_given_back_at_ten_requests_a_second(
    crowded: LabHandle, record_property: Record
) -> None:
    listeners = [listener(crowded, "alb", port) for port in PORTS]
    proof = {"mode": "api", "deadlineSeconds": 120}
    credentials = crowded.status["credentials"]
    keys = {
        "alicloud:accessKey": credentials["accessKeyId"],
        "alicloud:secretKey": credentials["accessKeySecret"],
    }
    stack = WithoutEngine({**stack_config(crowded, listeners=listeners, proof=proof), **keys})
    before, on_the_alb = World.of(crowded), _on_the_alb(crowded)

    up = _timed(crowded, stack.up)
    world = World.of(crowded)
    [certificate] = world.certificates
    assert {port for port in PORTS if world.element("alb", port)["caEnabled"] is True} == set(PORTS)
    assert _on_the_alb(crowded) == dict.fromkeys(PORTS, (True, [certificate]))

    destroy = _timed(crowded, stack.destroy)
    assert World.of(crowded) == before
    assert _on_the_alb(crowded) == on_the_alb
    where = {"listeners": LISTENERS, "rate": REQUESTS_PER_SECOND}
    took = [{**where, "operation": "up", **up}, {**where, "operation": "destroy", **destroy}]
    print(took)  # noqa: T201 - how long it took is what a person wants to know
    record_property("throttled", took)
    assert up["throttled"], "nothing was throttled: the test shows nothing"
