"""What must hold for clients while their root CA changes from one generation to the next."""

import json

from tests.model.documents import bound_in
from tests.model.held import accepts, chain_in
from tests.model.registrations import Stack, current, listener_of
from tests.model.state import Deployment, Event, State
from tests.model.system import Scope
from tests.model.world import World


def no_client_is_rejected(_scope: Scope, after: State) -> bool:
    """Whoever holds what the last `up` gave that ended well, or what the state holds, is accepted by every listener.

    But for those of a generation that a command has abandoned, until an `up` has ended well.
    """
    world = after.world
    if world.controller.takes_no_cross:
        # Whether a swap back is right, its proof decides: by handshakes, which are not modelled.
        return True
    held = [(each.files, chain_in(each.saved)) for each in after.deployments if not each.rejects]
    if not any(files or chain for files, chain in held):
        return True
    trusted = world.trusted()
    # Between an orphan's patch and the ALB there are seconds, in which the next command sees the AlbConfig.
    coming = trusted if world.is_in_step() else world.desired()
    return all(
        (not files or _all_accept(trusted, files))
        and (not chain or _all_accept(trusted, chain) or _all_accept(coming, chain))
        for files, chain in held
    )


def nobody_is_handed_what_a_listener_rejects(_scope: Scope, before: State, _event: Event, after: State) -> bool:
    """A chain that comes into the state is accepted by every listener, also by one that takes no cross certificate."""
    takes_cross = not after.world.controller.takes_no_cross
    return all(
        accepts(pem, chain, takes_cross=takes_cross)
        for then, now in zip(before.deployments, after.deployments, strict=True)
        if now.saved is not then.saved
        and not now.rejects
        and (chain := chain_in(now.saved)) not in {"", chain_in(then.saved)}
        for pem in (after.world.trusted() if after.world.is_in_step() else after.world.desired())
    )


def _all_accept(pems: list[str], chain: str) -> bool:
    return all(accepts(pem, chain) for pem in pems)


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


PROMISES_TO_CLIENTS = (no_client_is_rejected, nobody_is_handed_what_a_listener_rejects, a_swap_never_goes_through_off)


def is_refused_rollover(stack: Stack, deployment: Deployment, world: World) -> bool:
    """Say whether a command was refused that would reject clients, and so names what has to come before it."""
    ended = deployment.ended
    if ended is None or not ended.command.generations:
        return False
    sentence, trusted = ended.sentence or "", stack.pems[ended.command.trusted - 1]
    if "takes no cross" in sentence or "with a cross certificate" in sentence:
        return world.controller.takes_no_cross
    if "never used again" in sentence:
        return not set(ended.command.generations) <= _listed_before(deployment)
    # What it would have issued without a cross certificate is accepted by the newest generation alone.
    newest = stack.pems[ended.command.generations[-1] - 1]
    is_late = len(ended.command.generations) == 1 and any(pem != newest for pem in world.trusted())
    is_early = not accepts(trusted, deployment.files) or ended.command.trusted not in _held_for_the_switch(deployment)
    return "rootCa." in sentence and (is_late or is_early)


def _listed_before(deployment: Deployment) -> set[int]:
    record = current(deployment.saved, "deployment")
    return set() if record is None else set(json.loads(record.inputs)["generations"])


def _held_for_the_switch(deployment: Deployment) -> set[int | None]:
    """Return the generations that accept what clients had when the switch came to its end last."""
    record = current(deployment.saved, "switch")
    inputs = {} if record is None else json.loads(record.inputs)
    return {inputs.get("issuedGeneration"), inputs.get("crossGeneration")}
