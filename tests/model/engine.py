"""What Pulumi's engine does with the resources of a stack, one step at a time, and what it writes to its state file.

As proved with the real engine (docs/facts/pulumi.md, Order of steps): resources in the order of their dependencies, a
changed one is asked by `diff`, a new anchor by `check`; a replaced one is recreated, its dependents follow, and the old
one is deleted at the very end, as is what the program registers no more; each step is saved when the provider has
answered, and never before; a failed step ends the command, and nothing that it depends on is deleted. Of what may be
deleted next, any may be. Where a scope has generations, what refuses inputs is asked by `check` first, which gets the
inputs of the last step that ended well.
"""

import json
from functools import cache
from typing import Any

from tests.model.registrations import Command, Record, Stack, StateFile, current, inputs_of, needs, registered
from tests.model.replay import Step
from tests.model.values import replace

_CHECKED = frozenset({"deployment", "cross", "switch"})
# Nothing says anything by them the next time.
_NOT_KEPT = ("observed", "takeOver", "found", "known")


@cache
def first_steps(stack: Stack, command: Command, saved: StateFile) -> tuple[Step, ...]:
    """Return the first step of a command, or those of which it may be any; none when there is nothing to do."""
    if command.kind == "destroy":
        return _deletions(stack, saved, doomed=saved)
    return _looked_at(stack, command, saved, 0)


@cache
def after(
    stack: Stack, command: Command, saved: StateFile, step: Step, result: str
) -> tuple[StateFile, tuple[Step, ...]]:
    """Return the state file once the engine has taken the answer to a step, and the next step as `first_steps` does."""
    answer = json.loads(result)
    if step.method == "delete":
        left = _without(saved, step)
        if command.kind == "destroy":
            return left, _deletions(stack, left, doomed=left)
        return left, _last_deletions(stack, command, left)
    if step.method == "check":
        return saved, (_after_check(saved, replace(step, news=result)),)
    if step.method == "diff":
        if answer["replaces"] or (command.replaces_claim and step.resource == "claim"):
            return saved, (replace(step, method="create", id="", olds=""),)
        if answer["changes"]:
            return saved, (replace(step, method="update"),)
        saved = tuple(replace(one, inputs=_kept(command, step)) if one == _old(saved, step) else one for one in saved)
    else:
        saved = _saved(command, saved, step, answer)
    place = registered(stack, command).index(step.resource) + 1
    return saved, _looked_at(stack, command, saved, place)


def _looked_at(stack: Stack, command: Command, saved: StateFile, place: int) -> tuple[Step, ...]:
    names = registered(stack, command)
    if place == len(names):
        return _last_deletions(stack, command, saved)
    name = names[place]
    news, old = _text(inputs_of(stack, command, saved, name)), current(saved, name)
    if command.generations and name.partition("-")[0] in _CHECKED:
        return (Step(resource=name, method="check", olds="" if old is None else old.inputs, news=news),)
    if old is None:
        return (Step(resource=name, method="check" if name == "deployment" else "create", news=news),)
    return (Step(resource=name, method="diff", id=old.id, olds=old.outputs, news=news),)


def _after_check(saved: StateFile, step: Step) -> Step:
    old = _old(saved, step)
    if old is None:
        return replace(step, method="create", olds="")
    return replace(step, method="diff", id=old.id, olds=old.outputs)


def _old(saved: StateFile, step: Step) -> Record | None:
    return current(saved, step.resource)


def _saved(command: Command, saved: StateFile, step: Step, answer: dict[str, Any]) -> StateFile:
    outputs = _text(answer["outputs"])
    made = Record(resource=step.resource, id=answer["id"], outputs=outputs, inputs=_kept(command, step))
    others = tuple(one for one in saved if one.resource != step.resource or one.replaced)
    old = _old(saved, step)
    if step.method == "create" and old is not None:
        others = (*others, replace(old, replaced=True))
    return (*others, made)


def _kept(command: Command, step: Step) -> str:
    """Return what the state file keeps of the inputs of a step: with a step that changes nothing, the new ones too."""
    if not command.generations or step.kind not in _CHECKED:
        return ""
    return _text({name: value for name, value in json.loads(step.news).items() if name not in _NOT_KEPT})


def _without(saved: StateFile, step: Step) -> StateFile:
    """Remove what a step has deleted: what was replaced goes first when its successor has the same id."""
    for replaced in (True, False):
        for one in saved:
            if (one.resource, one.id, one.replaced) == (step.resource, step.id, replaced):
                return tuple(other for other in saved if other is not one)
    return saved


def without_claim(saved: StateFile) -> StateFile:
    """Return the state file once somebody has deleted the claim from it, and what depends on the claim."""
    return tuple(one for one in saved if one.resource not in {"claim", "switch"})


def _last_deletions(stack: Stack, command: Command, saved: StateFile) -> tuple[Step, ...]:
    names = registered(stack, command)
    doomed = tuple(one for one in saved if one.replaced or one.resource not in names)
    return _deletions(stack, saved, doomed=doomed)


def _deletions(stack: Stack, saved: StateFile, *, doomed: StateFile) -> tuple[Step, ...]:
    """Return the deletion of each that nothing depends on which has to go too; of one name, one after the other."""
    left = [one for one in doomed if one in saved]
    trusted = _trusted(saved)
    first = {one.resource: one for one in reversed(left)}
    return tuple(
        Step(resource=one.resource, method="delete", id=one.id, olds=one.outputs)
        for name, one in first.items()
        if not any(needs(stack, other, name, trusted) for other in first)
    )


def _trusted(saved: StateFile) -> int:
    switch = current(saved, "switch")
    return int(json.loads(switch.outputs).get("generation") or 1) if switch is not None else 1


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))
