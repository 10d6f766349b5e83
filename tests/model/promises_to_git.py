"""What must hold where Git owns the AlbConfig: nothing is written there, and a hand-over changes no field."""

import json
from collections.abc import Iterable

from tests.model.documents import bound_in, claim_in, fields_in, meaning_in
from tests.model.registrations import Command, StateFile
from tests.model.state import Event, State
from tests.model.system import Scope
from tests.model.world import Certificate, World


def what_git_owns_is_only_released(_scope: Scope, before: State, event: Event, after: State) -> bool:
    """A process of a listener that Git owns writes nothing but the end of a claim, which changes no field."""
    if event.call is None or event.call[0] != "patch" or event.process is None:
        return True
    step = event.process.step
    if json.loads(step.news or step.olds).get("write") != "none":
        return True
    then, now = before.world.albconfig, after.world.albconfig
    return fields_in(then) == fields_in(now) and claim_in(then) is not None and claim_in(now) is None


def a_ca_that_git_names_stays_in_the_state(_scope: Scope, before: State, _event: Event, after: State) -> bool:
    """No state forgets the claim of a listener of Git's while the AlbConfig names a CA of the stack."""
    for then, now in zip(before.deployments, after.deployments, strict=True):
        if any(one.kind == "claim" for one in now.saved):
            continue
        was = [one for one in then.saved if one.kind == "claim" and json.loads(one.outputs).get("write") == "none"]
        if not was:
            continue
        if set(json.loads(was[0].outputs)["known"]) & set(bound_in(after.world.albconfig).identifiers):
            # Git may have brought it back between the look and the end of the step.
            return any(one.run and one.run.disturbed for one in before.deployments)
    return True


PROMISES_TO_GIT = (what_git_owns_is_only_released, a_ca_that_git_names_stays_in_the_state)


def awaits_git(saved: StateFile) -> bool:
    """Say whether the state says of a listener that Git is awaited."""
    return any(json.loads(one.outputs).get("awaiting") == "Git" for one in saved if one.kind == "switch")


def is_missing_in_git(sentence: str, command: Command, world: World, ours: Iterable[Certificate]) -> bool:
    """Say whether a command stopped for a commit that is missing, and that is so."""
    named = {one.identifier for one in ours} & set(bound_in(world.albconfig).identifiers)
    if "missing in Git" in sentence:
        return bool(named)
    is_on = meaning_in(world.albconfig)[0]
    return "is no longer as an earlier" in sentence and (not (named and is_on) if command.enabled else is_on)
