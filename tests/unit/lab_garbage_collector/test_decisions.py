"""Which step of a garbage collector brings a deletion on, and which it must not take."""

from typing import Any

from lab.garbage_collector.decisions import Action, Object, Step, actions


def item(uid: str, *finalizers: str, going: bool = True, owners: tuple[str, ...] = (), blocks: bool = True) -> Object:
    metadata: dict[str, Any] = {"uid": uid, "finalizers": list(finalizers)}
    if going:
        metadata["deletionTimestamp"] = "2026-11-27T00:00:00Z"
    if owners:
        metadata["ownerReferences"] = [{"uid": each, "blockOwnerDeletion": blocks} for each in owners]
    return {"metadata": metadata}


FREE = Action(step=Step.FREE, uid="one", detail="foregroundDeletion")


def test_a_deletion_in_the_foreground_ends_where_nothing_depends_on_the_object() -> None:
    assert actions([item("one", "foregroundDeletion")]) == [FREE]


def test_nothing_is_done_to_what_nobody_deletes() -> None:
    assert actions([item("one", "foregroundDeletion", going=False)]) == []


def test_nothing_is_done_about_the_finalizers_of_others() -> None:
    assert actions([item("one", "example.com/held")]) == []


def test_what_blocks_its_owner_is_deleted_first_and_in_the_foreground_where_it_owns_something_itself() -> None:
    owner, below = item("one", "foregroundDeletion"), item("two", going=False, owners=("one",))

    assert actions([owner, below]) == [Action(step=Step.DELETE, uid="two", detail="Background")]
    assert actions([owner, below, item("three", going=False, owners=("two",))]) == [
        Action(step=Step.DELETE, uid="two", detail="Foreground")
    ]


def test_an_owner_waits_for_what_is_going_already() -> None:
    assert actions([item("one", "foregroundDeletion"), item("two", "example.com/held", owners=("one",))]) == []


def test_what_does_not_block_its_owner_is_left_alone() -> None:
    below = item("two", going=False, owners=("one",), blocks=False)
    assert actions([item("one", "foregroundDeletion"), below]) == [FREE]


def test_what_has_another_owner_too_only_loses_the_one_that_goes() -> None:
    below = item("two", going=False, owners=("one", "other"))
    assert actions([item("one", "foregroundDeletion"), below]) == [Action(step=Step.DISOWN, uid="two", detail="one")]


def test_orphans_lose_their_owner_before_it_goes() -> None:
    owner = item("one", "orphan")
    assert actions([owner, item("two", going=False, owners=("one",))]) == [
        Action(step=Step.DISOWN, uid="two", detail="one")
    ]
    assert actions([owner]) == [Action(step=Step.FREE, uid="one", detail="orphan")]
