"""Whatever goes wrong on the way to cloud and cluster is healed, or reported in the expected sentence.

A few faults with the real engine here, as a person would meet them. Every fault in every API is tried in
tests/stack/test_faults_table.py, without the engine.
"""

from tests.faults.cells import Cell
from tests.faults.kinds import LASTING, PASSING
from tests.helpers.lab import LabHandle
from tests.helpers.stack import Stack
from tests.helpers.world import World

KINDS = {kind.name: kind for kind in PASSING}
DENIED = next(kind for kind in LASTING if kind.name == "access-denied")
SAMPLE = [
    Cell(kind=KINDS["close-after"], call=("cas", "UploadPCACert")),
    Cell(kind=KINDS["throttle"], call=("alb", "GetListenerAttribute")),
    Cell(kind=KINDS["close-after"], call=("kubernetes", "patch albconfigs")),
]


def test_faults_in_cloud_and_cluster_in_one_up_and_one_destroy_are_healed(lab: LabHandle, quick_stack: Stack) -> None:
    stack = quick_stack
    before = World.of(lab)
    for cell in SAMPLE:
        cell.set_on(lab)
    stack.up()
    assert all(fault["applied"] for fault in lab.management.get("/faults").json())
    lab.management.delete("/faults").raise_for_status()
    assert len(World.of(lab).certificates) == 1
    assert World.of(lab).element("alb", 443)["caEnabled"] is True
    for call in (("cas", "DeletePCACert"), ("cas", "DeleteWarehouse"), ("kubernetes", "patch albconfigs")):
        Cell(kind=KINDS["close-after"], call=call).set_on(lab)
    stack.destroy()
    assert World.of(lab) == before


def test_a_missing_permission_is_reported_and_the_listener_left_as_it_was(lab: LabHandle, quick_stack: Stack) -> None:
    stack = quick_stack
    before = World.of(lab)
    Cell(kind=DENIED, call=("kubernetes", "patch albconfigs")).set_on(lab)
    said = stack.fails("up", "--yes", "--skip-preview", "--stack", stack.name)
    assert "may not patch albconfigs" in said
    assert "in the cluster; grant it, as rbac/cluster-role-up.yaml does" in said
    assert World.of(lab).albconfigs == before.albconfigs
    lab.management.delete("/faults").raise_for_status()
    stack.destroy()
    assert World.of(lab) == before
