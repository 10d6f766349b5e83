"""What must hold for clients while their root CA changes from one generation to the next."""

from collections.abc import Iterator

from tests.model.documents import bound_in, listeners_in
from tests.model.held import accepts, chain_in
from tests.model.registrations import Stack, listener_of
from tests.model.state import Deployment, Event, State
from tests.model.system import Scope
from tests.model.world import World


def no_client_is_rejected(_scope: Scope, _before: State, _event: Event, after: State) -> bool:
    """Whoever holds what the last `up` gave that ended well, or what the state holds, is accepted by every listener.

    But for those of a generation that a command has abandoned, until an `up` has ended well.
    """
    return all(
        accepts(pem, chain)
        for each in after.deployments
        if not each.rejects
        for chain in {each.files, chain_in(each.saved)} - {""}
        for pem in _trusted(after.world)
    )


def a_swap_never_goes_through_off(_scope: Scope, before: State, event: Event, after: State) -> bool:
    """A listener that requests certificates, and is to go on so, never stops in between; nor does its roll-back."""
    if event.call is None or event.call[0] != "patch" or event.process is None or event.process.step.kind != "switch":
        return True
    run = before.deployments[event.process.stack].run
    if run is None or run.process != event.process or not run.command.enabled:
        return True
    listener = listener_of(event.process.step.resource)
    found = bound_in(run.found or before.world.albconfig, listener)
    return bound_in(after.world.albconfig, listener).enabled or not found.enabled


PROMISES_TO_CLIENTS = (no_client_is_rejected, a_swap_never_goes_through_off)


def is_refused_rollover(stack: Stack, deployment: Deployment, world: World) -> bool:
    """Say whether a command was refused that would reject clients, and so names what has to come before it."""
    ended = deployment.ended
    if ended is None or not ended.command.generations or "rootCa." not in (ended.sentence or ""):
        return False
    trusted, newest = ended.command.trusted, ended.command.generations[-1]
    # What they would hold afterwards is not known of a command that was refused before it issued anything.
    changes_hands = chain_in(deployment.saved) == deployment.files and any(
        pem != stack.pems[newest - 1] for pem in _trusted(world)
    )
    return changes_hands or not accepts(stack.pems[trusted - 1], deployment.files)


def _trusted(world: World) -> Iterator[str]:
    """Yield the CAs of whose clients certificates are requested now, once for each listener."""
    pems = {one.identifier: one.pem for one in world.certificates}
    for _, shown in zip(listeners_in(world.albconfig), world.alb, strict=True):
        if shown.enabled:
            yield from (pems[one] for one in shown.identifiers if one in pems)
