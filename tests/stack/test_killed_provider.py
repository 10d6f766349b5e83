"""The provider process is killed inside an `up`, and a plain `up` heals: nothing else has to be done or known."""

from pathlib import Path

import pytest

from tests.helpers.killing import HeldRun, Point
from tests.helpers.lab import LabHandle
from tests.helpers.recovery import assert_in_force, assert_never_unbound_by_force
from tests.helpers.stack import Stack
from tests.helpers.world import World

# In the upload, and on both sides of the one patch that claims and switches; every other call: make test-killed.
POINTS = [
    Point(service="cas", api="UploadPCACert"),
    Point(service="kubernetes", api="patch albconfigs", stage="before"),
    Point(service="kubernetes", api="patch albconfigs"),
]


@pytest.fixture
def stack(quick_stack: Stack) -> Stack:
    return quick_stack


@pytest.mark.parametrize("point", POINTS, ids=str)
def test_after_a_killed_provider_up_enforces_and_destroy_still_knows_what_was_there_before(
    lab: LabHandle, stack: Stack, tmp_path: Path, point: Point
) -> None:
    before = World.of(lab)
    with HeldRun(lab, stack, point, "up", "--yes", "--skip-preview") as run:
        run.kill_provider()
    stack.up()
    assert_in_force(lab, stack, tmp_path)
    stack.destroy()
    assert World.of(lab) == before
    assert_never_unbound_by_force(lab)
