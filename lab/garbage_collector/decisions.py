"""What has to be done so that deletions come to their end. Pure.

Read from Kubernetes' pkg/controller/garbagecollector (processDeletingDependentsItem,
attemptToDeleteItem, orphanDependents).
"""

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

Object = dict[str, Any]

FOREGROUND = "foregroundDeletion"
ORPHAN = "orphan"


class Step(StrEnum):
    """What is done to an object."""

    DELETE = "delete"
    FREE = "free"
    """Take the finalizer away for which the deletion waits."""
    DISOWN = "disown"
    """Take the reference to the owner away."""


@dataclass(frozen=True, kw_only=True)
class Action:
    """One step.

    Attributes:
        uid: of the object that it is done to.
        detail: the finalizer, the uid of the owner, or how it is deleted.
    """

    step: Step
    uid: str
    detail: str


def actions(objects: Collection[Object]) -> list[Action]:
    """Return what can be done now; each change leads to another look.

    Args:
        objects: metadata of all that may own another, or belong to it.
    """
    dependents: defaultdict[str, list[Object]] = defaultdict(list)
    for each in objects:
        for owner in each["metadata"].get("ownerReferences") or []:
            dependents[owner["uid"]].append(each)
    return [
        action
        for each in objects
        if "deletionTimestamp" in each["metadata"]
        for action in _of_one(each["metadata"], dependents)
    ]


def _of_one(owner: Object, dependents: defaultdict[str, list[Object]]) -> Iterator[Action]:
    uid, finalizers, below = owner["uid"], owner.get("finalizers") or [], dependents[owner["uid"]]
    if ORPHAN in finalizers:
        yield from (Action(step=Step.DISOWN, uid=each["metadata"]["uid"], detail=uid) for each in below)
        if not below:
            yield Action(step=Step.FREE, uid=uid, detail=ORPHAN)
    if FOREGROUND in finalizers:
        blocking = [each["metadata"] for each in below if _blocks(each, uid)]
        for one in blocking:
            if "deletionTimestamp" in one:
                continue
            others = [ref["uid"] for ref in one["ownerReferences"] if ref["uid"] != uid]
            if others:
                # Who has another owner outlives this one.
                yield Action(step=Step.DISOWN, uid=one["uid"], detail=uid)
            else:
                how = "Foreground" if dependents[one["uid"]] else "Background"
                yield Action(step=Step.DELETE, uid=one["uid"], detail=how)
        if not blocking:
            yield Action(step=Step.FREE, uid=uid, detail=FOREGROUND)


def _blocks(dependent: Object, owner: str) -> bool:
    return any(
        ref["uid"] == owner and ref.get("blockOwnerDeletion") is True
        for ref in dependent["metadata"]["ownerReferences"]
    )
