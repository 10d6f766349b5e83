"""The operations in which processes are killed: from what, to what, and what was done to the world in between."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum, auto

from alibabacloud_cas20200407 import models as cas_models

from tests.crash.settings import Settings
from tests.helpers.albconfigs import LISTENER
from tests.helpers.bound_ca import annotate, patch_listener, unbind
from tests.helpers.lab import LabHandle
from tests.helpers.stack_config import HOST
from tests.helpers.world import World


class Ground(StrEnum):
    """What is on the listener before the stack comes.

    With another CA, that of somebody else who does without this program; with another deployment, its CA and its claim.
    """

    OPEN = auto()
    ANOTHER_CA = auto()
    ANOTHER_DEPLOYMENT = auto()


@dataclass(frozen=True, kw_only=True)
class Operation:
    """An operation.

    Attributes:
        start: what stands before; None is nothing at all.
        goal: what the run is asked for; None destroys.
        recovered: what a recovery by `up` is asked for.
        before: what somebody else does to the world first.
        between: what somebody else does before the recovery.
        before_destroy: what somebody else does before a recovery by `destroy`.
        fails: the run does not succeed even when nobody is killed.
        rejects: clients that held something before are rejected afterwards, as the configuration confirms.
    """

    name: str
    start: Settings | None
    goal: Settings | None
    recovered: Settings
    before: Callable[[LabHandle], None] | None = None
    between: Callable[[LabHandle], None] | None = None
    before_destroy: Callable[[LabHandle], None] | None = None
    fails: bool = False
    rejects: bool = False
    ground: Ground = Ground.OPEN


def _switch_off_by_hand(lab: LabHandle) -> None:
    unbind(lab, "alb", "443/HTTPS")


def _prune_claim(lab: LabHandle) -> None:
    annotate(lab, "alb", LISTENER.claim_annotation, None)


def _hold(lab: LabHandle) -> None:
    annotate(lab, "alb", LISTENER.hold_annotation, "an incident")


def _resume(lab: LabHandle) -> None:
    annotate(lab, "alb", LISTENER.hold_annotation, None)


def _commit_the_way_out(lab: LabHandle) -> None:
    """One commit after the other, each synced, as the sentence of a destroy has them."""
    patch_listener(lab, "alb", "443/HTTPS", caEnabled=False)
    lab.settle()
    patch_listener(lab, "alb", "443/HTTPS", caCertificates=[])
    lab.settle()


def _delete_ca_in_cas(lab: LabHandle) -> None:
    [identifier] = World.of(lab).certificates
    # Whether the real service refuses this is documented nowhere.
    _refuse_deleting_bound_cas(lab, refuse=False)
    lab.cas.delete_pcacert(cas_models.DeletePCACertRequest(identifier=identifier))
    _refuse_deleting_bound_cas(lab, refuse=True)


def _refuse_deleting_bound_cas(lab: LabHandle, *, refuse: bool) -> None:
    lab.management.patch("/behaviour", json={"cloud": {"bound_ca_deletion_rejected": refuse}}).raise_for_status()


def _wait_for_renewal(_lab: LabHandle) -> None:
    time.sleep(_LIFE_SECONDS * (1 - _WINDOW / 100) + 1)


ON, OFF, TWO = Settings(), Settings(enabled=False), Settings(listeners=2)
LISTED, NOT_LISTED = Settings(hosts=(HOST,)), Settings(hosts=(f"not-{HOST}",))
TAKEN = Settings(take_over=True)
OF_GIT, OFF_OF_GIT = Settings(of_git=True), Settings(of_git=True, enabled=False)
OTHER_CA = Settings(generations=(2,), trusted=2, abandoned=(1,))
PREPARED = Settings(generations=(1, 2))
SWAPPED = replace(PREPARED, trusted=2)
DROPPED = replace(SWAPPED, generations=(2,))
# The shortest life that there is; a window of less than the whole of it begins some seconds after its begin.
_LIFE_SECONDS, _WINDOW = 600, 99
LIVING = Settings(validity=("10m", "50%"))
RENEWED = Settings(validity=("10m", f"{_WINDOW}%"))
FLEET = Settings(clients=("alice", "devices/one", "devices/two"))
CHANGED_FLEET = Settings(clients=("alice", "devices/two", "devices/three", "devices/four"))

OPERATIONS = (
    Operation(name="first up", start=None, goal=ON, recovered=ON),
    Operation(name="disable", start=ON, goal=OFF, recovered=OFF),
    Operation(name="enable", start=OFF, goal=ON, recovered=ON),
    Operation(name="enable with its hosts listed", start=OFF, goal=LISTED, recovered=LISTED),
    # The program itself would stop before: that host came right after it had looked.
    Operation(name="a host that is not listed", start=OFF, goal=NOT_LISTED, recovered=OFF, fails=True),
    Operation(name="drift repair", start=ON, goal=ON, recovered=ON, before=_switch_off_by_hand),
    Operation(name="CA gone from CAS", start=ON, goal=ON, recovered=ON, before=_delete_ca_in_cas),
    Operation(name="another CA", start=ON, goal=OTHER_CA, recovered=OTHER_CA, rejects=True),
    Operation(name="listener added", start=ON, goal=TWO, recovered=TWO),
    Operation(name="listener removed", start=TWO, goal=ON, recovered=ON),
    Operation(name="roll-back", start=OFF, goal=Settings(wrong_client=True), recovered=ON, fails=True),
    Operation(name="destroy", start=ON, goal=None, recovered=ON),
    Operation(name="first up over another CA", start=None, goal=TAKEN, recovered=TAKEN, ground=Ground.ANOTHER_CA),
    Operation(name="destroy over another CA", start=TAKEN, goal=None, recovered=TAKEN, ground=Ground.ANOTHER_CA),
    Operation(
        name="another deployment's listener",
        start=None,
        goal=ON,
        recovered=TAKEN,
        fails=True,
        ground=Ground.ANOTHER_DEPLOYMENT,
    ),
    Operation(name="claim pruned", start=ON, goal=ON, recovered=ON, before=_prune_claim),
    Operation(name="destroy after the claim was pruned", start=ON, goal=None, recovered=ON, before=_prune_claim),
    Operation(name="second generation", start=ON, goal=PREPARED, recovered=PREPARED),
    Operation(name="swap", start=PREPARED, goal=SWAPPED, recovered=SWAPPED),
    Operation(
        name="swap of two listeners",
        start=replace(PREPARED, listeners=2),
        goal=replace(SWAPPED, listeners=2),
        recovered=replace(SWAPPED, listeners=2),
    ),
    Operation(
        name="swap that is put back",
        start=PREPARED,
        goal=replace(SWAPPED, wrong_client=True),
        recovered=SWAPPED,
        fails=True,
    ),
    Operation(name="older generation dropped", start=SWAPPED, goal=DROPPED, recovered=DROPPED),
    Operation(
        name="hard swap",
        start=ON,
        goal=replace(SWAPPED, abandoned=(1,)),
        recovered=replace(SWAPPED, abandoned=(1,)),
        rejects=True,
    ),
    Operation(name="renewal", start=LIVING, goal=RENEWED, recovered=RENEWED, before=_wait_for_renewal),
    Operation(name="fleet", start=FLEET, goal=CHANGED_FLEET, recovered=CHANGED_FLEET),
    Operation(name="handed over to Git", start=ON, goal=OF_GIT, recovered=OF_GIT, before_destroy=_commit_the_way_out),
    Operation(
        name="destroy of a listener of Git's",
        start=OFF_OF_GIT,
        goal=None,
        recovered=OFF_OF_GIT,
        before=_commit_the_way_out,
    ),
    Operation(name="hold", start=ON, goal=OFF, recovered=OFF, before=_hold, between=_resume, fails=True),
)
