"""Whatever goes wrong on the way to cloud and cluster is healed, or told in the expected sentence.

A few faults with the real engine here, as a person would meet them. Every fault in every API that the program calls
is behind the marker `faults` (`make test-faults`): without the engine, since what differs is what cloud and cluster
answer.
"""

import logging

import pytest

from components.aliyun import cas
from tests.helpers.fault_cells import OPERATIONS, Call, Cell, calls_since, healed, refused
from tests.helpers.lab import LabHandle
from tests.helpers.stack import Stack
from tests.helpers.stack_config import stack_config
from tests.helpers.without_engine import WithoutEngine
from tests.helpers.world import World
from tests.stack.conftest import MakeStack

HEALED: dict[str, dict[str, float | int]] = {
    "throttle": {"times": 2},
    "server-error": {},
    "unavailable": {},
    "close-before": {},
    "close-after": {},
    "latency": {"seconds": 1.0},
}
SAMPLE = [
    Cell(kind="close-after", call=("cas", "UploadPCACert")),
    Cell(kind="throttle", call=("alb", "GetListenerAttribute"), times=2),
    Cell(kind="close-after", call=("kubernetes", "patch albconfigs")),
]


def test_faults_in_cloud_and_cluster_in_one_up_and_one_destroy_are_healed(lab: LabHandle, stack: Stack) -> None:
    before = World.of(lab)
    for cell in SAMPLE:
        cell.set_on(lab)
    stack.up()
    assert all(fault["applied"] for fault in lab.management.get("/faults").json())
    lab.management.delete("/faults").raise_for_status()
    assert len(World.of(lab).certificates) == 1
    assert World.of(lab).element("alb", 443)["caEnabled"] is True
    for call in (("cas", "DeletePCACert"), ("cas", "DeleteWarehouse"), ("kubernetes", "patch albconfigs")):
        Cell(kind="close-after", call=call).set_on(lab)
    stack.destroy()
    assert World.of(lab) == before


def test_a_missing_permission_is_told_and_the_listener_left_as_it_was(lab: LabHandle, stack: Stack) -> None:
    before = World.of(lab)
    Cell(kind="access-denied", call=("kubernetes", "patch albconfigs"), times=None).set_on(lab)
    said = stack.fails("up", "--yes", "--skip-preview", "--stack", stack.name)
    assert "may not patch albconfigs" in said
    assert "in the cluster; grant it, as rbac/cluster-role.yaml does" in said
    assert World.of(lab).albconfigs == before.albconfigs
    lab.management.delete("/faults").raise_for_status()
    stack.destroy()
    assert World.of(lab) == before


@pytest.fixture
def without_engine(lab: LabHandle, monkeypatch: pytest.MonkeyPatch) -> WithoutEngine:
    """The program without an engine, on a lab that lists a new repository at once, so that nobody waits for it."""
    timings = {"configuring_seconds": 0.05, "repository_listed_after_seconds": 0, "requests_per_second": 100_000}
    lab.management.patch("/timings", json=timings).raise_for_status()
    monkeypatch.setattr(cas, "LOOK_SECONDS", 0.3)
    # The SDK leaves behind futures of what failed, and asyncio tells each at length: of every cell, on purpose.
    monkeypatch.setattr(logging.getLogger("asyncio"), "disabled", True)
    credentials = lab.status["credentials"]
    keys = {
        "alicloud:accessKey": credentials["accessKeyId"],
        "alicloud:secretKey": credentials["accessKeySecret"],
    }
    # Handshakes call no API: proving by them would only make each cell longer.
    return WithoutEngine({**stack_config(lab, proof={"mode": "api", "deadlineSeconds": 20}), **keys})


@pytest.fixture
def called(lab: LabHandle, without_engine: WithoutEngine) -> dict[str, set[Call]]:
    """Return which APIs up, refresh and destroy call, from the lab's journal."""
    calls: dict[str, set[Call]] = {}
    _, place = calls_since(lab)
    for operation in OPERATIONS:
        getattr(without_engine, operation)()
        calls[operation], place = calls_since(lab, place)
    return calls


@pytest.mark.faults
def test_without_the_engine_the_same_apis_are_called_as_with_it(
    lab: LabHandle, make_stack: MakeStack, called: dict[str, set[Call]]
) -> None:
    stack = make_stack(proof={"mode": "api", "deadlineSeconds": 20})
    _, place = calls_since(lab)
    with_engine: dict[str, set[Call]] = {}
    for operation in OPERATIONS:
        stack.succeeds(operation, "--yes", "--skip-preview", "--stack", stack.name)
        with_engine[operation], place = calls_since(lab, place)
    assert with_engine == called


@pytest.mark.faults
@pytest.mark.timeout(900)
@pytest.mark.parametrize("kind", HEALED)
def test_a_fault_in_any_api_of_any_operation_is_healed(
    lab: LabHandle, without_engine: WithoutEngine, called: dict[str, set[Call]], kind: str
) -> None:
    wrong = []
    for call in sorted(set().union(*called.values())):
        cell = Cell(kind=kind, call=call, **HEALED[kind])  # type: ignore[arg-type]  # times or seconds, as above
        wrong += healed(lab, without_engine, cell, called)
    assert wrong == []


@pytest.mark.faults
@pytest.mark.timeout(900)
def test_a_missing_permission_for_any_api_is_told_and_nothing_is_left_halfway(
    lab: LabHandle, without_engine: WithoutEngine, called: dict[str, set[Call]]
) -> None:
    wrong = []
    for call in sorted(set().union(*called.values())):
        cell = Cell(kind="access-denied", call=call, times=None)
        wrong += refused(lab, without_engine, cell, called)
    assert wrong == []
