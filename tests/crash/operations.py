"""The operations in which processes are killed: from what, to what, and what was done to the world in between."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum, auto

from alibabacloud_cas20200407 import models as cas_models

from tests.crash.program import Settings
from tests.helpers.albconfigs import LISTENER
from tests.helpers.bound_ca import annotate, unbind
from tests.helpers.lab import LabHandle
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
        fails: the run does not succeed even when nobody is killed.
    """

    name: str
    start: Settings | None
    goal: Settings | None
    recovered: Settings
    before: Callable[[LabHandle], None] | None = None
    between: Callable[[LabHandle], None] | None = None
    fails: bool = False
    ground: Ground = Ground.OPEN


def _switch_off_by_hand(lab: LabHandle) -> None:
    unbind(lab, "alb", "443/HTTPS")


def _prune_claim(lab: LabHandle) -> None:
    annotate(lab, "alb", LISTENER.claim_annotation, None)


def _hold(lab: LabHandle) -> None:
    annotate(lab, "alb", LISTENER.hold_annotation, "an incident")


def _resume(lab: LabHandle) -> None:
    annotate(lab, "alb", LISTENER.hold_annotation, None)


def _delete_ca_in_cas(lab: LabHandle) -> None:
    [identifier] = World.of(lab).certificates
    # Whether the real service refuses this is documented nowhere.
    _refuse_deleting_bound_cas(lab, refuse=False)
    lab.cas.delete_pcacert(cas_models.DeletePCACertRequest(identifier=identifier))
    _refuse_deleting_bound_cas(lab, refuse=True)


def _refuse_deleting_bound_cas(lab: LabHandle, *, refuse: bool) -> None:
    lab.management.patch("/behaviour", json={"cloud": {"bound_ca_deletion_rejected": refuse}}).raise_for_status()


ON, OFF, TWO, OTHER_CA = Settings(), Settings(enabled=False), Settings(listeners=2), Settings(generation=2)
TAKEN = Settings(take_over=True)

OPERATIONS = (
    Operation(name="first up", start=None, goal=ON, recovered=ON),
    Operation(name="disable", start=ON, goal=OFF, recovered=OFF),
    Operation(name="enable", start=OFF, goal=ON, recovered=ON),
    Operation(name="drift repair", start=ON, goal=ON, recovered=ON, before=_switch_off_by_hand),
    Operation(name="CA gone from CAS", start=ON, goal=ON, recovered=ON, before=_delete_ca_in_cas),
    Operation(name="another CA", start=ON, goal=OTHER_CA, recovered=OTHER_CA),
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
    Operation(name="hold", start=ON, goal=OFF, recovered=OFF, before=_hold, between=_resume, fails=True),
)
