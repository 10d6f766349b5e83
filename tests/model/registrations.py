"""What a stack is, what a call of the CLI lets its program register, and in which order."""

import json
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from alb_mtls.cluster.listener_key import ListenerKey
from tests.helpers.issued import request
from tests.model.documents import LISTENERS
from tests.model.values import hashed_once

ANOTHER_SITE_ADDRESS = "https://cas.example"
# Handshakes are not modelled: the ALB API decides, and its refusal to follow stands for a failed proof.
_PROOF = {"mode": "api", "deadlineSeconds": 120, "path": "/", "serverCa": "system", "connectTo": []}
_SUFFIXES = ("", "-2")
_ORDER = ("deployment", "cross", "clients", "repository", "uploaded", "claim", "switch")


@hashed_once
@dataclass(frozen=True, kw_only=True)
class Stack:
    """A stack: who it is and where its CAs go.

    Attributes:
        deployment: id that its anchor draws.
        pems: of its root CA, and of the one that takes its place, or of its generations.
        take_over: CA, or deployment, that its stack file names.
        keys: of its generations.
        listeners: how many it has.
        claims_need_all: a claim depends on the uploads of all generations, not only of the trusted one.
    """

    owner: str
    deployment: str
    repository: str
    pems: tuple[str, ...]
    take_over: str | None = None
    keys: tuple[str, ...] = ()
    listeners: int = 1
    claims_need_all: bool = True


@hashed_once
@dataclass(frozen=True, kw_only=True)
class Command:
    """One call of the CLI.

    Attributes:
        generation: which of the stack's CAs is desired.
        generations: of the root CA, in a scope that has several; the last one issues all clients.
        trusted: by the listeners, of those.
        abandoned: of those.
        cas: the endpoint of CAS; every one leads to the same site.
        owner: the name of the stack since it was renamed.
        replaces_claim: called with `--replace` of the claim.
        forgets_claim: after `pulumi state delete` of the claim and what depends on it.
        take_over: put into the stack file for this one.
        found: on the listener, before anything was registered; canonical JSON.
        observed: of each listener, at the same time.
        headers: identity headers that are switched on, with their aliases.
        hosts: that are allowed on the listeners; all where there is none.
        write: who writes the AlbConfig.
    """

    kind: Literal["up", "destroy"]
    enabled: bool = True
    generation: int = 0
    generations: tuple[int, ...] = ()
    trusted: int = 1
    abandoned: tuple[int, ...] = ()
    cas: str = "https://cas.ap-southeast-1.aliyuncs.com"
    owner: str | None = None
    replaces_claim: bool = False
    forgets_claim: bool = False
    take_over: str | None = None
    found: str = "[]"
    observed: tuple[str, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    hosts: tuple[str, ...] = ()
    write: Literal["patch", "none"] = "patch"

    def __str__(self) -> str:
        """Name it as a person would."""
        if self.kind == "destroy":
            return "destroy"
        of_several = f", generations: {list(self.generations)}, trusted: {self.trusted}" if self.generations else ""
        other = (
            of_several,
            f", abandoned: {list(self.abandoned)}" if self.abandoned else "",
            ", another CA" if self.generation else "",
            f", identityHeaders: {dict(self.headers)}" if self.headers else "",
            f", hosts: {list(self.hosts)}" if self.hosts else "",
            ", write: none" if self.write == "none" else "",
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
        outputs: canonical JSON, as are the inputs, which are kept where a scope has generations.
        replaced: its successor is made, it waits to be deleted.
    """

    resource: str
    id: str
    outputs: str
    replaced: bool = False
    inputs: str = ""

    @property
    def kind(self) -> str:
        """Which provider it is of: a name without its number."""
        return self.resource.partition("-")[0]


StateFile = tuple[Record, ...]


@cache
def registered(stack: Stack, command: Command) -> tuple[str, ...]:
    """Return the names of what a command registers, in the order of the program."""
    of_clients = (*(["cross"] if len(command.generations) > 1 else []), *(["clients"] if command.generations else []))
    listeners = [f"{kind}{_SUFFIXES[place]}" for place in range(stack.listeners) for kind in ("claim", "switch")]
    return ("deployment", *of_clients, "repository", *uploads_of(command), *listeners)


def uploads_of(command: Command) -> tuple[str, ...]:
    """Return the names of the CAs in CAS."""
    return tuple(f"uploaded-{number}" for number in command.generations) or ("uploaded",)


def needs(stack: Stack, name: str, other: str, trusted: int) -> bool:
    """Say whether a resource depends on another one, which is deleted later.

    Args:
        stack: whose they are.
        name: of the resource.
        other: the other one.
        trusted: the generation that the listeners trust.
    """
    kind, of = name.partition("-")[0], other.partition("-")[0]
    if kind in {"claim", "switch"} and of in {"claim", "switch"}:
        return kind == "switch" and of == "claim" and name.removeprefix(kind) == other.removeprefix(of)
    if kind in {"claim", "switch"} and of == "uploaded" and not stack.claims_need_all:
        return other in {"uploaded", f"uploaded-{trusted}"}
    return _ORDER.index(of) < _ORDER.index(kind)


def current(saved: StateFile, name: str) -> Record | None:
    """Return what a state file has under a name, and does not wait to be deleted."""
    return next((one for one in saved if one.resource == name and not one.replaced), None)


def inputs_of(stack: Stack, command: Command, saved: StateFile, name: str) -> dict[str, Any]:
    """Return the inputs of a resource."""
    kind, _, number = name.partition("-")
    generation = int(number) if kind == "uploaded" and number else command.trusted
    pem = stack.pems[generation - 1 if command.generations else command.generation]
    owner = {"owner": command.owner or stack.owner}
    if name == "deployment":
        listed = {"generations": list(command.generations)} if command.generations else {}
        return {**owner, "found": json.loads(command.found), **listed}
    common = {"alb": {"region": "cn-hangzhou"}, "deployment": _output(saved, "deployment", "deployment")}
    if name == "cross":
        return {**_crossed(stack, command), "alb": common["alb"]}
    if name == "clients":
        return _issued(stack, command, saved)
    if name == "repository":
        generated = [stack.pems[one - 1] for one in command.generations] or [pem]
        return {"endpoint": command.cas, "name": stack.repository, "owned": True, "generated": generated, **common}
    if kind == "uploaded":
        repository = {"repositoryName": stack.repository, "repositoryOwned": True, "endpoint": command.cas}
        return {"certificatePem": pem, "generated": True, "certificateName": "root", **repository, **common}
    key = listener_of(name)
    listener, proof = _key_props(key), {"proof": _PROOF}
    uploads = [one for one in uploads_of(command) if current(saved, one) is not None]
    identifiers = [_output(saved, one, "caIdentifier") for one in uploads]
    made_here = [_output(saved, one, "caIdentifier") for one in uploads if _output(saved, one, "owned")]
    headers = {"identityHeaders": dict(command.headers)} if command.headers else {}
    both = {
        **headers,
        "takeOver": command.take_over or stack.take_over,
        "madeHere": made_here,
        "casEndpoint": command.cas,
        **({"write": "none"} if command.write == "none" else {}),
    }
    if kind == "claim":
        return {**listener, **owner, **proof, **common, **both, "caIdentifiers": identifiers}
    claim = f"claim{name.removeprefix('switch')}"
    known = {name: _output(saved, claim, name) for name in ("token", "known", "found")}
    trusted = f"uploaded-{command.trusted}" if command.generations else "uploaded"
    observed = command.observed[LISTENERS.index(key)] if command.observed else None
    switched = {"enabled": command.enabled, "caIdentifier": _output(saved, trusted, "caIdentifier")}
    if command.hosts:
        switched["allowedHosts"] = list(command.hosts)
    generations = _generations(stack, command, saved) if command.generations else {}
    return {**listener, **owner, **proof, **common, **both, **known, **switched, "observed": observed, **generations}


def _crossed(stack: Stack, command: Command) -> dict[str, Any]:
    older, newer = command.generations[-2:]
    keys = {str(one): stack.keys[one - 1] for one in (older, newer)}
    asked = [{**_key_props(one), "proof": _PROOF} for one in LISTENERS[: stack.listeners]]
    return {
        "generation": newer,
        "certificatePem": stack.pems[newer - 1],
        "signerGeneration": older,
        "signerCertificatePem": stack.pems[older - 1],
        "privateKeys": keys,
        "outlives": "365d",
        "required": command.enabled and older not in command.abandoned,
        "listeners": asked if command.enabled else [],
    }


def _issued(stack: Stack, command: Command, saved: StateFile) -> dict[str, Any]:
    newest = command.generations[-1]
    issuer = {"generation": newest, "certificatePem": stack.pems[newest - 1], "sentPem": _cross(command, saved)}
    keys = {str(newest): stack.keys[newest - 1]}
    return {"issuers": [issuer], "issuerPrivateKeys": keys, "clients": [request("alice")]}


def _generations(stack: Stack, command: Command, saved: StateFile) -> dict[str, Any]:
    cross = _cross(command, saved)
    others = [one for one in command.generations if one != command.trusted]
    return {
        "generation": command.trusted,
        "issuedGeneration": command.generations[-1],
        "crossGeneration": command.generations[-2] if cross else None,
        "abandoned": list(command.abandoned),
        "otherGenerations": [
            {
                "generation": one,
                "certificatePem": stack.pems[one - 1],
                "crossPem": cross,
                "caIdentifier": _output(saved, f"uploaded-{one}", "caIdentifier"),
            }
            for one in others
        ],
        "otherPrivateKeys": {str(one): stack.keys[one - 1] for one in others},
    }


def _cross(command: Command, saved: StateFile) -> str | None:
    record = current(saved, "cross") if len(command.generations) > 1 else None
    cross: str | None = None if record is None else json.loads(record.outputs).get("crossPem")
    return cross


def _key_props(key: ListenerKey) -> dict[str, Any]:
    return {"listener": {"albConfig": key.alb_config, "port": key.port, "protocol": key.protocol}}


def listener_of(name: str) -> ListenerKey:
    """Return the listener of a claim or switch."""
    return LISTENERS[_SUFFIXES.index(name.removeprefix("claim").removeprefix("switch"))]


def _output(saved: StateFile, resource: str, name: str) -> Any:
    record = current(saved, resource)
    return None if record is None else json.loads(record.outputs)[name]
