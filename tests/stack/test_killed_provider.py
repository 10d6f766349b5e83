"""The provider process is killed inside an `up`, and a plain `up` heals: nothing else has to be done or known."""

from pathlib import Path

import pytest

from tests.helpers.killing import HeldRun, Point
from tests.helpers.lab import LabHandle
from tests.helpers.recovery import assert_in_force, assert_never_unbound_by_force
from tests.helpers.stack import Stack
from tests.helpers.world import World

CREATE = Point(service="cas", api="CreateWarehouse")
UPLOAD = Point(service="cas", api="UploadPCACert")
# Reserving the claim only reads; nobody else asks for the namespace.
RESERVE = Point(service="kubernetes", api="get namespaces")
CLAIM = Point(service="kubernetes", api="patch albconfigs", number=1)
SWITCH = Point(service="kubernetes", api="patch albconfigs", number=2)


def _up_heals(lab: LabHandle, stack: Stack, folder: Path, point: Point) -> None:
    before = World.of(lab)
    with HeldRun(lab, stack, point, "up", "--yes", "--skip-preview") as run:
        run.kill_provider()
    stack.up()
    assert_in_force(lab, stack, folder)
    stack.destroy()
    assert World.of(lab) == before
    assert_never_unbound_by_force(lab)


@pytest.mark.parametrize("point", [CREATE, UPLOAD], ids=str)
def test_killed_in_the_upload_up_finds_what_is_there(
    lab: LabHandle, stack: Stack, tmp_path: Path, point: Point
) -> None:
    _up_heals(lab, stack, tmp_path, point)


@pytest.mark.parametrize("point", [RESERVE, CLAIM], ids=str)
def test_killed_in_the_claim_up_takes_its_own_claim_over(
    lab: LabHandle, stack: Stack, tmp_path: Path, point: Point
) -> None:
    _up_heals(lab, stack, tmp_path, point)


@pytest.mark.parametrize("point", [SWITCH, SWITCH.at("after-reply")], ids=str)
def test_killed_in_the_switch_up_still_knows_what_was_there_before(
    lab: LabHandle, stack: Stack, tmp_path: Path, point: Point
) -> None:
    _up_heals(lab, stack, tmp_path, point)
