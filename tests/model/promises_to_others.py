"""What must hold for those who change the listener beside the program: nothing of theirs is undone or opened."""

import json

from tests.model.commands import HOST
from tests.model.documents import bound_in, claim_in, is_held_in, meaning_in, meaning_of
from tests.model.edits import THEIR_CA
from tests.model.promises_to_headers import has_their_alias
from tests.model.registrations import Command, StateFile
from tests.model.state import Event, Process, State
from tests.model.system import Scope
from tests.model.world import World


def never_undoes_an_edit(_scope: Scope, before: State, event: Event, after: State) -> bool:
    """What somebody set since a command looked stands: that command, its roll-back and its orphan do not change it.

    What was set after an attempt had begun that the state does not know stands against the next command too.
    """
    if _patching(event) is None:
        return True
    then, now = meaning_in(before.world.albconfig), meaning_in(after.world.albconfig)
    hands = before.world.by_hand
    return not any(
        hand is not None and was == hand != becomes for hand, was, becomes in zip(hands, then, now, strict=True)
    )


def never_opens_what_others_set(_scope: Scope, before: State, event: Event, after: State) -> bool:
    """A listener that requests certificates of a CA which the program did not write is not opened by a restore."""
    process = _patching(event)
    if process is None or process.step.kind != "claim":
        return True
    then, now = bound_in(before.world.albconfig), bound_in(after.world.albconfig)
    claim = claim_in(before.world.albconfig)
    written = meaning_of(claim.written)[1] if claim is not None else ()
    ours = {*written, *_uploaded_by(process, before)}
    return not (then.enabled and not now.enabled and not ours.issuperset(then.identifiers))


def never_undoes_an_emergency_by_a_restore(_scope: Scope, before: State, event: Event, after: State) -> bool:
    """A restore does not let a listener request certificates again that somebody switched off, of whatever CA."""
    process = _patching(event)
    if process is None or process.step.kind != "claim":
        return True
    turned_on = bound_in(after.world.albconfig).enabled and not bound_in(before.world.albconfig).enabled
    return not (turned_on and before.world.opened)


def the_alb_is_not_left_behind(_scope: Scope, after: State) -> bool:
    """After a command that ended well, or put the listener back, the ALB does what the AlbConfig says, or soon will."""
    if after.orphans or any(one.run for one in after.deployments):
        return True
    ended = [one.ended.sentence for one in after.deployments if one.ended is not None]
    if len(ended) < len(after.deployments) or None in ended:
        return True
    if not all(one == "" or "was put back as it was" in str(one) for one in ended):
        return True
    return after.world.is_in_step() or (after.world.can_follow() and after.world.follows_soon())


def nothing_is_written_while_held(_scope: Scope, before: State, event: Event, _after: State) -> bool:
    """Once somebody holds the listener no process writes to the AlbConfig, whatever it has begun."""
    return _patching(event) is None or not is_held_in(before.world.albconfig)


def a_failed_take_over_leaves_the_claim(scope: Scope, before: State, event: Event, after: State) -> bool:
    """A switch that puts a listener back removes no claim of another deployment that stood there before."""
    process = _patching(event)
    if process is None or process.step.kind != "switch" or claim_in(after.world.albconfig) is not None:
        return True
    run = before.deployments[process.stack].run
    taken = claim_in(run.found) if run is not None and run.found is not None else None
    return taken is None or taken.deployment == scope.stacks[process.stack].deployment


def never_enforces_on_a_host_that_is_not_listed(_scope: Scope, before: State, event: Event, after: State) -> bool:
    """A switch does not let a listener request certificates while a host is on it that its stack does not list."""
    process = _patching(event)
    if process is None or process.step.kind != "switch":
        return True
    turned_on = bound_in(after.world.albconfig).enabled and not bound_in(before.world.albconfig).enabled
    listed = json.loads(process.step.news).get("allowedHosts")
    return not turned_on or listed is None or HOST in listed


PROMISES_TO_OTHERS = (
    a_failed_take_over_leaves_the_claim,
    never_enforces_on_a_host_that_is_not_listed,
    never_undoes_an_edit,
    never_opens_what_others_set,
    never_undoes_an_emergency_by_a_restore,
    the_alb_is_not_left_behind,
    nothing_is_written_while_held,
)


def is_in_the_way(scope: Scope, sentence: str, command: Command, saved: StateFile, world: World) -> bool:
    """Say whether a command stopped for something that others did, and that is so."""
    claim, stands = claim_in(world.albconfig), meaning_in(world.albconfig)
    if "was edited" in sentence and "XForwardedForClientCert" in sentence:
        return has_their_alias(world)
    if "was edited" in sentence:
        return not stands[0] if claim is None else stands != meaning_of(claim.written)
    if "already has the CA" in sentence:
        return THEIR_CA in stands[1]
    if "is held by this deployment already" in sentence:
        is_unknown = claim is not None and claim.token not in {one.id for one in saved}
        return command.take_over is None and (command.replaces_claim or is_unknown)
    if "`hosts` of the listener does not allow that" in sentence:
        return command.enabled and HOST not in command.hosts
    if "still bound to listener" in sentence:
        # On the ALB alone, which is about to follow what others have set: a repetition succeeds.
        return bool(scope.edits) and not any(f" {one} " in sentence for one in stands[1])
    return "is held" in sentence and is_held_in(world.albconfig)


def _patching(event: Event) -> Process | None:
    """Return the process that has just changed the AlbConfig."""
    return event.process if event.call is not None and event.call[0] == "patch" else None


def _uploaded_by(process: Process, state: State) -> list[str]:
    saved = state.deployments[process.stack].saved
    return [json.loads(one.outputs)["caIdentifier"] for one in saved if one.resource == "uploaded"]
