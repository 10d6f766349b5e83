"""The CLI is killed inside an `up`, its provider outlives it, and `pulumi cancel` with `destroy` or `up` ends right.

The held call goes on after the recovery, so whatever the orphaned provider would still write, it writes then. That CAS
refuses to delete a bound CA is the lab's own strictness, so an attempt at it already fails a test. Kills at every other
call: make test-killed.
"""

from pathlib import Path

import pytest

from tests.helpers.killing import HeldRun, Point
from tests.helpers.lab import LabHandle
from tests.helpers.recovery import assert_in_force, assert_never_unbound_by_force
from tests.helpers.stack import Stack
from tests.helpers.stack_config import HOST
from tests.helpers.world import World
from tests.stack.conftest import MakeStack

UPLOAD = Point(service="cas", api="UploadPCACert")
# The one that claims and switches.
PATCH = Point(service="kubernetes", api="patch albconfigs")


@pytest.fixture
def stack(lab: LabHandle, make_stack: MakeStack) -> Stack:
    """A stack whose orphan does not wait long for what the recovery has undone."""
    server_ca = str(lab.paths.server_ca)
    return make_stack(proof={"host": HOST, "deadlineSeconds": 10, "connections": 50, "serverCa": server_ca})


def _killed_and_recovered(lab: LabHandle, stack: Stack, point: Point, recovery: str) -> None:
    with HeldRun(lab, stack, point, "up", "--yes", "--skip-preview") as run:
        run.kill_cli()
        stack.succeeds("cancel", "--yes", "--stack", stack.name)
        stack.succeeds(recovery, "--yes", "--skip-preview", "--stack", stack.name)
        run.let_go()
        run.wait_for_orphan()
    # The look after each test reads what the killed CLI printed, and what ran below it.
    assert "Updating (test)" in stack.heard[-1]
    names = {each.name for watched in stack.watched for each in watched.watch.end()}
    assert any("components.providers.server" in name for name in names)


@pytest.mark.parametrize("point", [UPLOAD, PATCH.at("before"), PATCH], ids=str)
def test_destroy_after_a_killed_cli_leaves_the_world_as_it_was(lab: LabHandle, stack: Stack, point: Point) -> None:
    before = World.of(lab)
    _killed_and_recovered(lab, stack, point, "destroy")
    assert World.of(lab) == before
    assert_never_unbound_by_force(lab)


@pytest.mark.parametrize("point", [UPLOAD.at("before"), PATCH.at("before")], ids=str)
def test_up_after_a_killed_cli_enforces_and_destroy_restores(
    lab: LabHandle, stack: Stack, tmp_path: Path, point: Point
) -> None:
    before = World.of(lab)
    _killed_and_recovered(lab, stack, point, "up")
    assert_in_force(lab, stack, tmp_path)
    stack.destroy()
    assert World.of(lab) == before
    assert_never_unbound_by_force(lab)
