"""Everything that can happen next: processes call, engines save, the ALB follows, people start commands, things die."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from tests.model.clients import ALIVE, GONE, LOOK_AGAIN, LOST
from tests.model.documents import claim_in, found_in, listeners_in, meaning_in, meaning_of, observed_in
from tests.model.engine import after, first_steps, without_claim
from tests.model.git import commits
from tests.model.held import chain_in
from tests.model.preflight import refused_by_look
from tests.model.registrations import Command, Stack
from tests.model.replay import Calls, Fails, Program, Returns, Step
from tests.model.state import Began, Deployment, Ended, Event, Process, Run, State
from tests.model.values import hashed_once, replace
from tests.model.world import CONFLICT, DENIED, NOBODY, WRITES, Call, Reply, World

# What a stack makes and finds in CAS is in its own repository. Deletions are not here: a bound CA concerns everybody.
_OF_ONE_STACK = frozenset(
    {"deployment", "draw", "ListCertWarehouse", "CreateWarehouse", "ListCert", "UploadPCACert", "DescribeWarehouseCert"}
)


@hashed_once
@dataclass(frozen=True, kw_only=True)
class Scope:
    """What is explored.

    Attributes:
        commands: that each stack may be given, in any order.
        length: how many commands each stack gets.
        mishaps: how many things may go wrong on the way.
        deployed: begin with the first command done, by the first stack and without a mishap.
        done: the same, with several commands, which need not be among those that follow.
        edits: of others (tests/model/edits.py); each costs a mishap.
        edited: what somebody has done to the listener before anything is explored; nothing when empty.
        drifts: edits of the ALB alone, between two commands; each costs a mishap.
        git: Git brings what a switch waits for, and takes it away again; each costs a mishap.
        breaks: another Ingress may fail every reconcile, and the controller be restarted; each costs a mishap.
    """

    world: World
    stacks: tuple[Stack, ...]
    commands: tuple[Command, ...]
    length: int
    mishaps: int
    deployed: bool = False
    done: tuple[Command, ...] = ()
    edits: tuple[str, ...] = ()
    edited: str = ""
    drifts: tuple[str, ...] = ()
    breaks: bool = False
    git: bool = False

    def start(self, program: Program) -> State:
        """Return the state to begin with."""
        deployments = tuple(Deployment(commands=self.length) for _ in self.stacks)
        state = State(world=self.world, deployments=deployments, mishaps=0)
        for command in self.done or self.commands[: self.deployed]:
            scope = replace(self, commands=(command,))
            _, state = next(_started(scope, program, state, 0))
            while state.deployments[0].run is not None or state.world.can_follow():
                _, state = next(successors(scope, program, state))
            first = state.deployments[0]
            if first.ended is None or first.ended.sentence:
                message = f"{command} did not end well: {first.ended and first.ended.sentence}"
                raise ValueError(message)
            first = replace(first, commands=self.length)
            state = replace(state, deployments=(first, *state.deployments[1:]))
        if self.edited:
            # Of what the first command has left, nothing more can be said.
            began = tuple(replace(one, ended=None) for one in state.deployments)
            state = replace(state, world=state.world.edited(self.edited), deployments=began)
        return replace(state, mishaps=self.mishaps)


Successors = Iterator[tuple[Event, State]]


def successors(scope: Scope, program: Program, state: State) -> Successors:
    """Yield every event that can happen in a state, and the state that it leads to.

    Where a stack is about to do what concerns nobody else, only that is yielded: whether others act before or after it
    makes no difference, so one of the orders stands for all of them.
    """
    for place, deployment in enumerate(state.deployments):
        if deployment.run is not None and _concerns_nobody_else(program, state, deployment.run):
            yield from _running(scope, program, state, place, deployment.run)
            return
    if state.world.can_follow():
        yield Event(text="the ALB follows the AlbConfig"), replace(state, world=state.world.follow())
    for place, deployment in enumerate(state.deployments):
        if deployment.run is None:
            yield from _started(scope, program, state, place)
        else:
            yield from _running(scope, program, state, place, deployment.run)
    for orphan in state.orphans:
        yield from _orphaned(program, state, orphan)
    if state.mishaps:
        yield from _edited(scope, state)


def _concerns_nobody_else(program: Program, state: State, run: Run) -> bool:
    if any(one.stack == run.process.stack for one in state.orphans):
        return False
    following = program.next(run.process.step, run.process.replies)
    if isinstance(following, Calls):
        return following.call[0] in _OF_ONE_STACK
    return isinstance(following, Returns) and run.process.step.resource not in {"switch", "repository"}


def _edited(scope: Scope, state: State) -> Successors:
    world = state.world
    if scope.breaks:
        if world.controller.broken:
            yield Event(text="the controller restarts"), _disturbed(replace(state, world=world.restarted()))
        elif any(one.run for one in state.deployments):
            broken = replace(state, world=world.with_broken_ingress())
            yield Event(text="another Ingress fails every reconcile"), _disturbed(broken)
    yield from _drifted(scope, state)
    for what, text in commits(state) if scope.git else ():
        deployments = tuple(replace(one, ended=None) for one in state.deployments)
        committed = replace(state, world=world.written_by_others(text), deployments=deployments)
        yield Event(text=what), _disturbed(committed)
    # A `destroy` has given it back by then.
    during_run = any(one.run and one.run.command.kind == "up" for one in state.deployments)
    is_untouched = claim_in(world.albconfig) is None and meaning_in(world.albconfig) == meaning_in(
        scope.world.albconfig
    )
    if is_untouched and not during_run:
        # What is set while nobody has a hand in it is only another world to begin with.
        return
    for what in scope.edits:
        after_edit = world.edited(what)
        if after_edit != world:
            # Of what an earlier command has left, nothing more can be said.
            deployments = tuple(replace(one, ended=None) for one in state.deployments)
            yield Event(text=what), _disturbed(replace(state, world=after_edit, deployments=deployments))


def _drifted(scope: Scope, state: State) -> Successors:
    """Yield edits of the ALB alone, of a listener that is deployed and about which nothing is under way."""
    world = state.world
    is_deployed = claim_in(world.albconfig) is not None and not any(one.run for one in state.deployments)
    if not is_deployed or state.orphans or not world.is_in_step():
        return
    deployments = tuple(replace(one, ended=None) for one in state.deployments)
    for what in scope.drifts:
        drifted = world.changed_on_alb(what)
        if drifted != world:
            yield Event(text=what), _disturbed(replace(state, world=drifted, deployments=deployments))


def _started(scope: Scope, program: Program, state: State, place: int) -> Successors:
    deployment = state.deployments[place]
    if not deployment.commands:
        return
    if program.watches_engine:
        # They end within milliseconds after their engine; a person needs seconds for the next command.
        kept = tuple(one for one in state.orphans if one.stack != place or _comes_to_its_end(program, one))
        state = replace(state, orphans=kept)
    if not _was_edited_after_an_attempt(scope.stacks[place], state.world, deployment):
        # The command looks first: what others set before that is what it finds.
        state = replace(state, world=replace(state.world, by_hand=NOBODY))
    for given in scope.commands:
        take_over = given.take_over or scope.stacks[place].take_over
        # Only an `up` runs the program, which looks before it registers anything.
        command = _looked(given, state.world.albconfig, take_over) if given.kind == "up" else given
        saved = without_claim(deployment.saved) if command.forgets_claim else deployment.saved
        rejects = deployment.rejects or bool(command.abandoned)
        fresh = replace(deployment, saved=saved, commands=deployment.commands - 1, ended=None, rejects=rejects)
        refused = refused_by_look(command, state.world.albconfig)
        if refused is not None:
            ended = Ended(command=command, sentence=refused, found=None, disturbed=False)
            yield Event(text=f"{command} is refused: {refused}"), _with(state, place, replace(fresh, ended=ended))
            continue
        steps = first_steps(scope.stacks[place], command, saved)
        for moved in _going_on(fresh, Began(command=command), place, steps):
            yield Event(text=f"{scope.stacks[place].owner}: {command}"), _with(state, place, moved)


def _looked(command: Command, albconfig: str, take_over: str | None) -> Command:
    observed = tuple(observed_in(albconfig, one) for one in listeners_in(albconfig))
    return replace(command, found=found_in(albconfig, take_over), observed=observed)


def _was_edited_after_an_attempt(stack: Stack, world: World, deployment: Deployment) -> bool:
    """Say whether the listener is not as an attempt left it that the state does not know: somebody came in between.

    Who takes a listener over names whom it is taken from, and takes what stands there.
    """
    claim = claim_in(world.albconfig)
    known = {json.loads(one.outputs)["attempt"] for one in deployment.saved if one.resource == "switch"}
    if claim is None or claim.attempt in known or claim.deployment != stack.deployment:
        return False
    # An edit that a failed attempt put back was announced by that one.
    left = [one for one in (claim.written, claim.edit) if one is not None]
    return meaning_in(world.albconfig) not in [meaning_of(one) for one in left]


def _comes_to_its_end(program: Program, orphan: Process) -> bool:
    following = program.next(orphan.step, orphan.replies)
    # Nor do seconds pass between the question for the engine and the patch that depends on it.
    patches_at_once = isinstance(following, Calls) and following.call[0] == "patch" and ALIVE in orphan.replies
    return isinstance(following, Calls) and following.to_the_end and not patches_at_once


def _running(scope: Scope, program: Program, state: State, place: int, run: Run) -> Successors:
    owner, deployment = scope.stacks[place].owner, state.deployments[place]
    following = program.next(run.process.step, run.process.replies)
    what = f"{owner}: {run.process.step.resource} {run.process.step.method}"
    if isinstance(following, Returns):
        saved, steps = after(scope.stacks[place], run.command, deployment.saved, run.process.step, following.result)
        if run.process.step.kind == "switch" and run.process.step.method in {"create", "update"}:
            state = replace(state, world=replace(state.world, opened=False))
        for moved in _going_on(replace(deployment, saved=saved), run, place, steps):
            yield Event(text=f"{what} is saved"), _with(state, place, moved)
    elif isinstance(following, Fails):
        failed = replace(deployment, run=None, ended=_ended(run, following.sentence))
        yield Event(text=f"{what} fails: {following.sentence}"), _with(state, place, failed)
    else:
        for event, world, process, mishap in _called(state, run.process, following.call, what, ALIVE):
            found = state.world.albconfig if event.call and event.call[0] == "patch" else None
            moved = replace(deployment, run=replace(run, process=process, found=run.found or found))
            then = _with(replace(state, world=world), place, moved)
            yield event, _disturbed(then, place) if mishap else then
    if state.mishaps and _matters(state, following):
        gone = _with(state, place, replace(deployment, run=None, ended=_ended(run, None)))
        gone = replace(gone, mishaps=state.mishaps - 1)
        yield Event(text=f"{owner}: the provider process is killed"), gone
        if isinstance(following, Calls):
            orphans = (*state.orphans, run.process)
            yield Event(text=f"{owner}: the CLI is killed, its provider is not"), replace(gone, orphans=orphans)


def _matters(state: State, following: Calls | Returns | Fails) -> bool:
    """Say whether to be killed here differs from to be killed at the next write or answer."""
    alone = not state.orphans and sum(one.run is not None for one in state.deployments) == 1
    return not (alone and isinstance(following, Calls) and following.call[0] not in WRITES | {"patience"})


def _orphaned(program: Program, state: State, orphan: Process) -> Successors:
    others = tuple(one for one in state.orphans if one != orphan)
    following = program.next(orphan.step, orphan.replies)
    if not isinstance(following, Calls):
        yield Event(text="the orphaned provider is done"), replace(state, orphans=others)
        return
    if program.watches_engine and not following.to_the_end:
        yield Event(text="the orphaned provider ends by itself"), replace(state, orphans=others)
    what = f"orphan: {orphan.step.resource} {orphan.step.method}"
    for event, world, process, mishap in _called(state, orphan, following.call, what, GONE):
        then = replace(state, world=world, orphans=(*others, process))
        yield event, replace(then, mishaps=state.mishaps - 1) if mishap else then


def _called(
    state: State, process: Process, call: Call, what: str, engine: str
) -> Iterator[tuple[Event, World, Process, bool]]:
    """Yield the outcomes of a call: event, world, the process with its reply, and whether that was a mishap."""

    def heard(reply: Reply) -> Process:
        return replace(process, replies=(*process.replies, reply))

    said = f"{what}: {call[0]}"
    if call[0] == "engine":
        yield Event(text=f"{said} is {engine}"), state.world, heard(engine), False
        return
    if call[0] == "patience":
        _, place, looked_at = call
        if state.world.alb[place] != looked_at:
            yield Event(text=f"{said}, there is news"), state.world, heard(LOOK_AGAIN), False
        elif state.world.is_in_step() or not state.world.follows_soon():
            yield Event(text=f"{said} ends"), state.world, heard("deadline"), False
        elif state.mishaps:
            yield Event(text=f"{said} ends too early"), state.world, heard("deadline"), True
        return
    if call[0] == "patch" and state.world.controller.denies and state.mishaps:
        yield Event(text=f"{said} is denied by a webhook"), state.world, heard(DENIED), True
    world, reply = state.world.perform(call, process.stack)
    changed = world != state.world and call[0] in WRITES
    event = Event(text=f"{said} {'is refused' if reply == CONFLICT else ''}".rstrip())
    if changed:
        event = replace(event, call=call, process=process)
    yield event, world, heard(reply), False
    if changed and state.mishaps:
        yield replace(event, text=f"{said}, and the reply is lost"), world, heard(LOST), True


def _going_on(deployment: Deployment, began: Run | Began, place: int, steps: tuple[Step, ...]) -> Iterator[Deployment]:
    """Yield the deployment with each of the steps that may be next, or once the command has ended well."""
    if not steps:
        ended = replace(deployment, run=None, ended=_ended(began, ""))
        is_up = began.command.kind == "up" and began.command.generations
        yield replace(ended, files=chain_in(deployment.saved), rejects=False) if is_up else ended
    for step in steps:
        process = Process(stack=place, step=step)
        run = Run(command=began.command, process=process, found=began.found, disturbed=began.disturbed)
        yield replace(deployment, run=run)


def _ended(began: Run | Began, sentence: str | None) -> Ended:
    return Ended(command=began.command, sentence=sentence, found=began.found, disturbed=began.disturbed)


def _with(state: State, place: int, deployment: Deployment) -> State:
    deployments = (*state.deployments[:place], deployment, *state.deployments[place + 1 :])
    return replace(state, deployments=deployments)


def _disturbed(state: State, place: int | None = None) -> State:
    """Spend a mishap; the run at `place`, or every run, is no longer undisturbed."""
    deployments = tuple(
        replace(one, run=replace(one.run, disturbed=True)) if one.run and place in {None, at} else one
        for at, one in enumerate(state.deployments)
    )
    return replace(state, deployments=deployments, mishaps=state.mishaps - 1)
