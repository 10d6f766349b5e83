"""The world that providers act upon: one AlbConfig, its ALB, and CAS; immutable, and changed by one call at a time.

The AlbConfig is a real document and its patches are applied as kube-apiserver applies them, so that what the model says
of a patch is what the patch says. CAS is as careless as documented: no client tokens, names and contents not unique.
"""

import json
from dataclasses import dataclass
from functools import cache
from typing import Any

import jsonpatch

from alb_mtls.cluster.claim import Claim, read_claim
from alb_mtls.cluster.listener import fields_of, find_listener, state_of
from tests.helpers.albconfigs import LISTENER, albconfig, apply, https
from tests.model.values import hashed_once, replace

PORT, PROTOCOL = 443, "HTTPS"

Call = tuple[Any, ...]
Reply = Any

CONFLICT = "conflict"
WRITES = frozenset({"patch", "CreateWarehouse", "UploadPCACert", "DeletePCACert", "DeleteWarehouse"})


@hashed_once
@dataclass(frozen=True, kw_only=True)
class Repository:
    """A repository in CAS."""

    number: int
    name: str


@hashed_once
@dataclass(frozen=True, kw_only=True)
class Certificate:
    """A CA certificate in CAS."""

    identifier: str
    repository: int
    pem: str


@hashed_once
@dataclass(frozen=True, kw_only=True)
class Bound:
    """What a listener does about client certificates."""

    enabled: bool
    identifiers: tuple[str, ...]


@hashed_once
@dataclass(frozen=True, kw_only=True)
class World:
    """All that outlives a process.

    Attributes:
        albconfig: the document as canonical JSON.
        alb: what the ALB does, which follows the AlbConfig later.
        made: how many random values and identifiers each stack was given, so that no two are the same.
    """

    albconfig: str
    alb: Bound
    repositories: tuple[Repository, ...] = ()
    certificates: tuple[Certificate, ...] = ()
    made: tuple[int, ...] = (0, 0)

    def is_in_step(self) -> bool:
        """Say whether the ALB does what the AlbConfig says."""
        return self.alb == bound_in(self.albconfig)

    def follow(self) -> "World":
        """Return the world once the controller has carried the AlbConfig over to the ALB."""
        return replace(self, alb=bound_in(self.albconfig))

    def perform(self, call: Call, stack: int) -> tuple["World", Reply]:
        """Carry one call of a stack out, all at once, and return what the caller gets."""
        api, *arguments = call
        match api:
            case "draw":
                return self._given(stack), f"{self._number(stack):016x}"
            case "albconfig":
                return self, self.albconfig
            case "patch":
                patched = patch(self.albconfig, arguments[0])
                return (self, CONFLICT) if patched is None else (replace(self, albconfig=patched), patched)
            case "listener":
                return self, self.alb
            case "bound":
                return self, arguments[0] in self.alb.identifiers
        if api in {"CreateWarehouse", "UploadPCACert"}:
            return self._add_to_cas(api, arguments, stack)
        return (
            self._delete_from_cas(api, arguments[0])
            if api in WRITES
            else (self, self._look_into_cas(api, arguments[0]))
        )

    def _look_into_cas(self, api: str, what: str) -> Reply:
        match api:
            case "ListCertWarehouse":
                return tuple(one for one in self.repositories if one.name == what)
            case "ListCert":
                return tuple(one for one in self.certificates if str(one.repository) == what)
            case "DescribeWarehouseCert":
                return next((one for one in self.certificates if one.identifier == what), None)
        message = f"the model knows no call {api}"
        raise ValueError(message)

    def _add_to_cas(self, api: str, arguments: list[Any], stack: int) -> tuple["World", Reply]:
        number, world = self._number(stack), self._given(stack)
        if api == "CreateWarehouse":
            made = Repository(number=number, name=arguments[0])
            return replace(world, repositories=(*self.repositories, made)), str(number)
        pem, repository = arguments
        if not any(str(one.number) == repository for one in self.repositories):
            return self, None
        new = Certificate(identifier=f"ca-{number}", repository=int(repository), pem=pem)
        return replace(world, certificates=(*self.certificates, new)), new.identifier

    def _delete_from_cas(self, api: str, what: str) -> tuple["World", Reply]:
        if api == "DeletePCACert":
            return replace(self, certificates=tuple(one for one in self.certificates if one.identifier != what)), True
        if any(str(one.repository) == what for one in self.certificates):
            return self, False
        return replace(self, repositories=tuple(one for one in self.repositories if str(one.number) != what)), True

    def _number(self, stack: int) -> int:
        return 100 * (stack + 1) + self.made[stack]

    def _given(self, stack: int) -> "World":
        return replace(self, made=tuple(n + (place == stack) for place, n in enumerate(self.made)))


def first_world(**fields: Any) -> World:
    """Return a world with one listener, untouched so far, which has these fields."""
    text = _text(albconfig(https(PORT, **fields)))
    return World(albconfig=text, alb=bound_in(text))


@cache
def patch(text: str, operations: str) -> str | None:
    """Return the AlbConfig after a JSON patch, with its version counted up; None when the patch is refused."""
    before = json.loads(text)
    try:
        after = apply(before, json.loads(operations))
    except (jsonpatch.JsonPatchException, jsonpatch.JsonPointerException):
        return None
    if after != before:
        after["metadata"]["resourceVersion"] = str(int(before["metadata"]["resourceVersion"]) + 1)
    return _text(after)


@cache
def bound_in(text: str) -> Bound:
    """Return what the AlbConfig asks of its listener."""
    state = state_of(find_listener(json.loads(text), LISTENER).element)
    return Bound(enabled=bool(state.ca_enabled), identifiers=tuple(state.identifiers))


@cache
def claim_in(text: str) -> Claim | None:
    """Return the claim on the listener."""
    return read_claim(json.loads(text), LISTENER)


@cache
def fields_in(text: str) -> str:
    """Return the listener's two fields as canonical JSON, only those that are there."""
    element = find_listener(json.loads(text), LISTENER).element
    return _text(fields_of(element))


@cache
def without_version(text: str) -> str:
    """Return the AlbConfig without what every write changes."""
    document = json.loads(text)
    del document["metadata"]["resourceVersion"]
    return _text(document)


@cache
def without_attempt(text: str) -> str:
    """Return the AlbConfig without its version and without the attempt in the claim."""
    document = json.loads(without_version(text))
    claim = claim_in(text)
    if claim is not None:
        document["metadata"]["annotations"][LISTENER.claim_annotation] = replace(claim, attempt="any").to_text()
    return _text(document)


@cache
def edited(text: str, field: str, value: str) -> str:
    """Return the AlbConfig after somebody set one field of the listener by hand."""
    path = f"/spec/listeners/0/{field}"
    return patch(text, _text([{"op": "add", "path": path, "value": json.loads(value)}])) or text


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
