"""The CLI is killed inside an `up`, its provider outlives it, and `pulumi cancel` with `destroy` or `up` ends right.

The held call goes on after the recovery, so whatever the orphaned provider would still write, it writes then. That CAS
refuses to delete a bound CA is the lab's own strictness, so an attempt at it already fails a test.
"""

from pathlib import Path

import pytest

from tests.helpers.killing import HeldRun, Point
from tests.helpers.lab import LabHandle
from tests.helpers.recovery import assert_in_force, assert_never_unbound_by_force
from tests.helpers.stack import Stack
from tests.helpers.world import World

CREATE = Point(service="cas", api="CreateWarehouse")
UPLOAD = Point(service="cas", api="UploadPCACert")
CLAIM = Point(service="kubernetes", api="patch albconfigs", number=1)
SWITCH = Point(service="kubernetes", api="patch albconfigs", number=2)

POINTS = [CREATE.at("before"), UPLOAD, CLAIM.at("before"), SWITCH.at("before"), SWITCH]


@pytest.mark.parametrize("point", POINTS, ids=str)
def test_destroy_after_a_killed_cli_leaves_the_world_as_it_was(lab: LabHandle, stack: Stack, point: Point) -> None:
    before = World.of(lab)
    with HeldRun(lab, stack, point, "up", "--yes", "--skip-preview") as run:
        run.kill_cli()
        stack.succeeds("cancel", "--yes", "--stack", stack.name)
        stack.destroy()
        run.let_go()
        run.wait_for_orphan()
    assert World.of(lab) == before
    assert_never_unbound_by_force(lab)


@pytest.mark.parametrize("point", [UPLOAD.at("before"), SWITCH.at("before")], ids=str)
def test_up_after_a_killed_cli_enforces_and_destroy_restores(
    lab: LabHandle, stack: Stack, tmp_path: Path, point: Point
) -> None:
    before = World.of(lab)
    with HeldRun(lab, stack, point, "up", "--yes", "--skip-preview") as run:
        run.kill_cli()
        stack.succeeds("cancel", "--yes", "--stack", stack.name)
        stack.up()
        run.let_go()
        run.wait_for_orphan()
    assert_in_force(lab, stack, tmp_path)
    stack.destroy()
    assert World.of(lab) == before
    assert_never_unbound_by_force(lab)
