"""What must hold whatever happens; each promise is held to every event of an exploration.

All of them speak of the world and of the engine's state file, never of what the program believes.
"""

import json
from functools import cache
from typing import Any

from alb_mtls.cluster.listener import unit_of
from alb_mtls.cluster.listener_key import ListenerKey
from tests.model.clients import ALIVE
from tests.model.documents import (
    LISTENERS,
    bound_in,
    claim_in,
    fields_in,
    listeners_in,
    meaning_in,
    meaning_of,
    without_attempt,
    without_version,
)
from tests.model.edits import THEIR_CA
from tests.model.promises_to_clients import PROMISES_TO_CLIENTS, is_refused_rollover
from tests.model.promises_to_git import PROMISES_TO_GIT, awaits_git, is_missing_in_git
from tests.model.promises_to_headers import PROMISES_TO_HEADERS
from tests.model.promises_to_others import PROMISES_TO_OTHERS, is_in_the_way
from tests.model.registrations import Command, Stack, listener_of
from tests.model.state import Deployment, Event, Process, State
from tests.model.system import Scope
from tests.model.values import replace
from tests.model.world import Certificate, World


def never_deletes_a_bound_ca(_scope: Scope, before: State, event: Event, _after: State) -> bool:
    """No certificate is deleted from CAS while the ALB or the AlbConfig refers to it."""
    if event.call is None or event.call[0] != "DeletePCACert":
        return True
    world, identifier = before.world, event.call[1]
    return not any(
        identifier in {*shown.identifiers, *bound_in(world.albconfig, listener).identifiers}
        for listener, shown in zip(listeners_in(world.albconfig), world.alb, strict=True)
    )


def never_loses_previous(scope: Scope, after: State) -> bool:
    """A listener that is not as it was carries a claim that knows how it was, and that a `destroy` will find."""
    return all(_knows_previous(scope, after, listener) for listener in listeners_in(after.world.albconfig))


def _knows_previous(scope: Scope, after: State, listener: ListenerKey) -> bool:
    world = after.world
    claim = claim_in(world.albconfig, listener)
    if claim is None:
        before = json.loads(fields_in(scope.world.albconfig, listener))
        known = (bool(scope.edits) or scope.git) and _is_known_to_a_state(scope, after, before)
        return known or _is_as_at_first(scope, world, listener)
    by_meaning = bool(scope.edits) or scope.git
    if not _claim_knows(world.albconfig, scope.world.albconfig, listener, by_meaning=by_meaning):
        return False
    records = [one for each in after.deployments for one in each.saved if one.kind == "claim"]
    tokens = {one.id for one in records if listener_of(one.resource) == listener}
    return claim.token in tokens or any(one.forgets_claim for one in scope.commands)


@cache
def _claim_knows(text: str, first: str, listener: ListenerKey, *, by_meaning: bool) -> bool:
    claim, before = claim_in(text, listener), json.loads(fields_in(first, listener))
    if claim is None:
        return False
    # What others wrote back means the same, and is not the same.
    previous = unit_of(claim.previous)
    return meaning_of(previous) == meaning_of(before) if by_meaning else bool(previous == before)


def leaves_nothing_after_destroy(scope: Scope, after: State) -> bool:
    """After a `destroy` that succeeded there is no claim of the stack, nothing of it in CAS, and all is as before."""
    if after.orphans:
        return True
    if any(one.forgets_claim for one in scope.commands) and claim_in(after.world.albconfig) is not None:
        # What the state does not know it cannot give back.
        return True
    gone = [_succeeded(one, "destroy") for one in after.deployments]
    left = [stack for stack, is_gone in zip(scope.stacks, gone, strict=True) if is_gone and _has_traces(stack, after)]
    if left:
        return False
    if not all(gone):
        return True
    return _is_as_at_first(scope, after.world) or THEIR_CA in bound_in(after.world.albconfig).identifiers


def ends_as_desired_after_up(scope: Scope, after: State) -> bool:
    """After an `up` that succeeded CAS has one entry of the CA, and the listener does with it what was asked."""
    if after.orphans:
        return True
    return all(
        _is_as_desired(stack, deployment, after.world)
        for stack, deployment in zip(scope.stacks, after.deployments, strict=True)
        if _succeeded(deployment, "up")
        and not ((scope.edits or scope.git) and deployment.ended and deployment.ended.disturbed)
        and not _was_taken_from(stack, scope, after.world)
    )


def a_lost_attempt_writes_nothing(_scope: Scope, before: State, event: Event, _after: State) -> bool:
    """A process that began an attempt changes the AlbConfig only while that attempt stands in the claim."""
    if event.call is None or event.call[0] != "patch" or event.process is None:
        return True
    claim = claim_in(before.world.albconfig, listener_of(event.process.step.resource))
    if event.process.step.kind == "claim":
        # With `takeOver` a new one gives a claim that stands its own token.
        is_new = event.process.step.method == "create"
        return claim is None or is_new or claim.token == event.process.step.id
    if claim is None and (event.process not in before.orphans or ALIVE in event.process.replies):
        # Somebody removed it, and while its engine lives this process may put back what it wrote.
        return True
    texts = [reply for reply in event.process.replies if isinstance(reply, str)]
    own = next((text for text in texts if not text.startswith("{")), None)
    if own is None:
        # One that hands a listener over begins no attempt.
        return True
    has_begun = any(own in text for text in texts if text.startswith("{"))
    return not has_begun or (claim is not None and claim.attempt == own)


def never_touches_what_is_anothers(scope: Scope, before: State, event: Event, _after: State) -> bool:
    """A deployment writes no listener that another one claims, and deletes nothing outside of its own repository."""
    if event.call is None or event.process is None:
        return True
    stack = scope.stacks[event.process.stack]
    if event.call[0] == "patch":
        claim = claim_in(before.world.albconfig, listener_of(event.process.step.resource))
        return claim is None or claim.deployment == stack.deployment or _takes(event.process, claim.deployment, before)
    if event.call[0] == "DeletePCACert":
        return event.call[1] in {one.identifier for one in _certificates(stack, before.world)}
    return True


def an_undisturbed_command_succeeds(scope: Scope, before: State, _event: Event, after: State) -> bool:
    """Whatever happened before, a command in which nothing goes wrong succeeds, or names what is in its way.

    That is another stack's claim, be it that one claims a listener while this one still waits to see it given back; or
    an ALB that has not yet let go of a CA to which the AlbConfig no longer refers. A repetition succeeds.
    """
    return all(
        _may_fail(scope, place, now, before.world)
        for place, (then, now) in enumerate(zip(before.deployments, after.deployments, strict=True))
        if then.run is not None and (ended := now.ended) is not None and ended.sentence and not ended.disturbed
    )


def a_rolled_back_up_changes_nothing(scope: Scope, before: State, _event: Event, after: State) -> bool:
    """An `up` that says that it put the listener back leaves AlbConfig and ALB as found, but for the attempt."""
    if scope.edits or scope.git or len(scope.stacks) > 1:
        # Then others write in between, and what was found says nothing.
        return True
    for then, now in zip(before.deployments, after.deployments, strict=True):
        ended = now.ended
        if then.run is None or ended is None or "was put back as it was" not in (ended.sentence or ""):
            continue
        place = LISTENERS.index(listener_of(then.run.process.step.resource))
        stands, shown = after.world.albconfig, after.world.alb[place]
        desired = bound_in(stands, LISTENERS[place])
        # What a switched-off listener still refers to decides nothing.
        follows = desired.enabled == shown.enabled and (not shown.enabled or desired == shown)
        if not follows or not _is_as_found(stands, ended.found or stands, LISTENERS[place]):
            return False
    return True


def _is_as_found(now: str, then: str, listener: ListenerKey) -> bool:
    if len(listeners_in(now)) == 1:
        return without_attempt(now) == without_attempt(then)
    # The other listener may have been switched by the same command.
    claims = [claim_in(text, listener) for text in (now, then)]
    known = [one and replace(one, attempt="any") for one in claims]
    return known[0] == known[1] and fields_in(now, listener) == fields_in(then, listener)


PROMISES = {
    promise.__name__: promise
    for promise in (
        never_deletes_a_bound_ca,
        never_loses_previous,
        leaves_nothing_after_destroy,
        ends_as_desired_after_up,
        a_lost_attempt_writes_nothing,
        never_touches_what_is_anothers,
        an_undisturbed_command_succeeds,
        a_rolled_back_up_changes_nothing,
        *PROMISES_TO_OTHERS,
        *PROMISES_TO_CLIENTS,
        *PROMISES_TO_HEADERS,
        *PROMISES_TO_GIT,
    )
}


def _is_known_to_a_state(scope: Scope, state: State, before: dict[str, Any]) -> bool:
    """Say whether the listener names no CA of a stack, or a state holds what it was when the claim is gone."""
    named = bound_in(state.world.albconfig).identifiers
    if not any(one.identifier in named for stack in scope.stacks for one in _certificates(stack, state.world)):
        return True
    claims = [json.loads(one.outputs) for each in state.deployments for one in each.saved if one.resource == "claim"]
    return any(meaning_of(json.loads(one.get("found") or "{}")) == meaning_of(before) for one in claims)


def _is_as_at_first(scope: Scope, world: World, listener: ListenerKey | None = None) -> bool:
    """Say whether nothing of the AlbConfig has changed, or of a listener; where others write too, of the meaning."""
    then, now = scope.world.albconfig, world.albconfig
    if listener is not None and len(listeners_in(now)) > 1:
        return fields_in(now, listener) == fields_in(then, listener)
    if (
        scope.edits
        or scope.git
        or any(one.take_over == other.deployment for one in scope.stacks for other in scope.stacks)
    ):
        return meaning_in(now) == meaning_in(then)
    return without_version(now) == without_version(then)


def _may_fail(scope: Scope, place: int, deployment: Deployment, world: World) -> bool:
    if deployment.ended is None:
        return False
    sentence = deployment.ended.sentence or ""
    if is_in_the_way(scope, sentence, deployment.ended.command, deployment.saved, world):
        return True
    if is_missing_in_git(sentence, deployment.ended.command, world, _certificates(scope.stacks[place], world)):
        return True
    if is_refused_rollover(scope.stacks[place], deployment, world):
        return True
    others = [stack for at, stack in enumerate(scope.stacks) if at != place]
    if any(f"is claimed by stack {other.owner}" in sentence for other in others):
        return True
    claim, own = claim_in(world.albconfig), scope.stacks[place].deployment
    is_anothers = claim is None or any(claim.deployment == other.deployment for other in others)
    # One that takes over may put back what it took, while this one still waits.
    is_taken = any(other.take_over == own for other in others)
    if is_taken and "another run has taken over" in sentence:
        return True
    return bool(others and "which goes on from there" in sentence and (is_anothers or is_taken))


def _takes(process: Process, deployment: str, state: State) -> bool:
    take_over = json.loads(process.step.news or "{}").get("takeOver")
    return take_over is not None and take_over in {deployment, *bound_in(state.world.albconfig).identifiers}


def _was_taken_from(stack: Stack, scope: Scope, world: World) -> bool:
    """Say whether another deployment, which may do so, has taken the listener since."""
    claim = claim_in(world.albconfig)
    may_be = any(other.take_over == stack.deployment for other in scope.stacks)
    return may_be and (claim is None or claim.deployment != stack.deployment)


def _succeeded(deployment: Deployment, kind: str) -> bool:
    return deployment.ended is not None and deployment.ended.command.kind == kind and deployment.ended.sentence == ""


def _has_traces(stack: Stack, state: State) -> bool:
    text = state.world.albconfig
    claims = [claim_in(text, listener) for listener in listeners_in(text)]
    in_cas = any(one.name == stack.repository for one in state.world.repositories)
    return in_cas or any(one is not None and one.deployment == stack.deployment for one in claims)


def _certificates(stack: Stack, world: World) -> list[Certificate]:
    numbers = {one.number for one in world.repositories if one.name == stack.repository}
    return [one for one in world.certificates if one.repository in numbers]


def _is_as_desired(stack: Stack, deployment: Deployment, world: World) -> bool:
    ended = deployment.ended
    if ended is None:
        return False
    command = ended.command
    repositories = [one for one in world.repositories if one.name == stack.repository]
    pems = [one.pem for one in _certificates(stack, world)]
    desired = [stack.pems[one - 1] for one in command.generations] or [stack.pems[command.generation]]
    return (
        len(repositories) == 1
        and all(pems.count(pem) == 1 for pem in desired)
        and (
            awaits_git(deployment.saved)
            or all(_does_as_desired(stack, command, world, one) for one in listeners_in(world.albconfig))
        )
    )


def _does_as_desired(stack: Stack, command: Command, world: World, listener: ListenerKey) -> bool:
    claim, bound = claim_in(world.albconfig, listener), bound_in(world.albconfig, listener)
    trusted = stack.pems[command.trusted - 1 if command.generations else command.generation]
    if command.write == "none" and not command.enabled:
        return claim is None and not bound.enabled
    return (
        bound.enabled == command.enabled
        and bound.identifiers == tuple(one.identifier for one in _certificates(stack, world) if one.pem == trusted)
        and (claim is None) == (command.write == "none")
        and (claim is None or claim.deployment == stack.deployment)
        and (claim is None or claim.owner == (command.owner or stack.owner))
    )
