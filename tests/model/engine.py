"""What Pulumi's engine does with five resources, one step at a time, and what it writes to its state file.

As proved with the real engine (docs/facts/pulumi.md, Order of steps): resources in the order of their dependencies, a
changed one is asked by `diff`, a new anchor by `check`; a replaced one is recreated, its dependents follow, and the old
one is deleted at the very end; each step is saved when the provider has answered, and never before; a failed step ends
the command, and nothing that it depends on is deleted.
"""

import json
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from tests.model.replay import Step
from tests.model.values import hashed_once, replace
from tests.model.world import PORT, PROTOCOL

ANOTHER_SITE_ADDRESS = "https://cas.example"
RESOURCES = ("deployment", "repository", "uploaded", "claim", "switch")


@hashed_once
@dataclass(frozen=True, kw_only=True)
class Stack:
    """A stack: who it is and where its CAs go.

    Attributes:
        deployment: id that its anchor draws.
        pems: of its root CA, and of the one that takes its place.
        take_over: CA, or deployment, that its stack file names.
    """

    owner: str
    deployment: str
    repository: str
    pems: tuple[str, ...]
    take_over: str | None = None


@hashed_once
@dataclass(frozen=True, kw_only=True)
class Command:
    """One call of the CLI.

    Attributes:
        generation: which of the stack's CAs is desired.
        cas: the endpoint of CAS; every one leads to the same site.
        owner: the name of the stack since it was renamed.
        replaces_claim: called with `--replace` of the claim.
        forgets_claim: after `pulumi state delete` of the claim and what depends on it.
        take_over: put into the stack file for this one.
        found: on the listener, before anything was registered; canonical JSON.
        observed: of the listener, at the same time.
    """

    kind: Literal["up", "destroy"]
    enabled: bool = True
    generation: int = 0
    cas: str = "https://cas.ap-southeast-1.aliyuncs.com"
    owner: str | None = None
    replaces_claim: bool = False
    forgets_claim: bool = False
    take_over: str | None = None
    found: str = "[]"
    observed: str | None = None

    def __str__(self) -> str:
        """Name it as a person would."""
        if self.kind == "destroy":
            return "destroy"
        other = (
            ", another CA" if self.generation else "",
            f", CAS at {self.cas}" if self.cas == ANOTHER_SITE_ADDRESS else "",
            f", renamed to {self.owner}" if self.owner else "",
            ", --replace of the claim" if self.replaces_claim else "",
            ", after state delete of the claim" if self.forgets_claim else "",
            f", takeOver: {self.take_over}" if self.take_over else "",
        )
        return f"up, enabled: {str(self.enabled).lower()}" + "".join(other)


@hashed_once
@dataclass(frozen=True, kw_only=True)
class Record:
    """A resource in the state file.

    Attributes:
        outputs: canonical JSON.
        replaced: its successor is made, it waits to be deleted.
    """

    resource: str
    id: str
    outputs: str
    replaced: bool = False


StateFile = tuple[Record, ...]


@cache
def first_step(stack: Stack, command: Command, saved: StateFile) -> Step | None:
    """Return the first step of a command; None when there is nothing to do."""
    return _deletion(saved, doomed=saved) if command.kind == "destroy" else _looked_at(stack, command, saved, 0)


@cache
def after(stack: Stack, command: Command, saved: StateFile, step: Step, result: str) -> tuple[StateFile, Step | None]:
    """Return the state file once the engine has taken the answer to a step, and the next step, if any."""
    answer = json.loads(result)
    if step.method == "delete":
        left = _without(saved, step)
        return left, _deletion(left, doomed=left) if command.kind == "destroy" else _last_deletion(left)
    if step.method == "check":
        return saved, replace(step, method="create")
    if step.method == "diff":
        if answer["replaces"] or (command.replaces_claim and step.resource == "claim"):
            return saved, replace(step, method="create", id="", olds="")
        if answer["changes"]:
            return saved, replace(step, method="update")
    else:
        saved = _saved(saved, step, answer)
    following = _looked_at(stack, command, saved, RESOURCES.index(step.resource) + 1)
    return saved, following


def _looked_at(stack: Stack, command: Command, saved: StateFile, place: int) -> Step | None:
    if place == len(RESOURCES):
        return _last_deletion(saved)
    name = RESOURCES[place]
    news = _text(_inputs(stack, command, saved, name))
    old = _current(saved, name)
    if old is None:
        return Step(resource=name, method="check" if name == "deployment" else "create", news=news)
    return Step(resource=name, method="diff", id=old.id, olds=old.outputs, news=news)


def _saved(saved: StateFile, step: Step, answer: dict[str, Any]) -> StateFile:
    made = Record(resource=step.resource, id=answer["id"], outputs=_text(answer["outputs"]))
    others = tuple(one for one in saved if one.resource != step.resource or one.replaced)
    old = _current(saved, step.resource)
    if step.method == "create" and old is not None:
        others = (*others, replace(old, replaced=True))
    return (*others, made)


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


def _last_deletion(saved: StateFile) -> Step | None:
    return _deletion(saved, doomed=tuple(one for one in saved if one.replaced))


def _deletion(saved: StateFile, *, doomed: StateFile) -> Step | None:
    for name in reversed(RESOURCES):
        for one in doomed:
            if one.resource == name and one in saved:
                return Step(resource=name, method="delete", id=one.id, olds=one.outputs)
    return None


def _current(saved: StateFile, name: str) -> Record | None:
    return next((one for one in saved if one.resource == name and not one.replaced), None)


def _inputs(stack: Stack, command: Command, saved: StateFile, name: str) -> dict[str, Any]:
    pem = stack.pems[command.generation]
    owner = {"owner": command.owner or stack.owner}
    if name == "deployment":
        return {**owner, "found": json.loads(command.found)}
    common = {"alb": {"region": "cn-hangzhou"}, "deployment": _output(saved, "deployment", "deployment")}
    if name == "repository":
        return {"endpoint": command.cas, "name": stack.repository, "owned": True, "generated": [pem], **common}
    if name == "uploaded":
        repository = {"repositoryName": stack.repository, "repositoryOwned": True, "endpoint": command.cas}
        return {"certificatePem": pem, "generated": True, "certificateName": "root", **repository, **common}
    listener = {"listener": {"albConfig": "alb", "port": PORT, "protocol": PROTOCOL}}
    # Handshakes are not modelled: the ALB API decides, and its refusal to follow stands for a failed proof.
    proof = {"proof": {"mode": "api", "deadlineSeconds": 120, "path": "/", "serverCa": "system", "connectTo": []}}
    ca_identifier = _output(saved, "uploaded", "caIdentifier")
    made_here = [ca_identifier] if _output(saved, "uploaded", "owned") else []
    both = {"takeOver": command.take_over or stack.take_over, "madeHere": made_here, "casEndpoint": command.cas}
    if name == "claim":
        return {**listener, **owner, **proof, **common, **both, "caIdentifiers": [ca_identifier]}
    known = {name: _output(saved, "claim", name) for name in ("token", "known", "found")}
    switched = {"enabled": command.enabled, "caIdentifier": ca_identifier, "observed": command.observed}
    return {**listener, **owner, **proof, **common, **both, **known, **switched}


def _output(saved: StateFile, resource: str, name: str) -> Any:
    record = _current(saved, resource)
    return None if record is None else json.loads(record.outputs)[name]


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))
