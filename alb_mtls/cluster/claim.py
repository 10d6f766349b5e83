"""The claim: which deployment holds a listener, and what it held before; an annotation of the AlbConfig. Pure.

It stands in the cluster, not in the Pulumi state, because a killed `create` leaves nothing in the state. Key and value
are frozen: other deployments and later versions of this program read them. What a later version adds is kept.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from alb_mtls.cluster.claim_errors import MalformedClaim, NewerClaim
from alb_mtls.cluster.identity_headers import HEADER_POINTERS, PARENT_POINTER
from alb_mtls.cluster.listener import POINTERS, AlbConfig, Fields, listener_label, listeners_of, meaning_of
from alb_mtls.cluster.listener_key import CLAIM_PREFIX, ListenerKey

VERSION: Final = 2
# Of a claim without keys of headers: an earlier program can read it, and a later one must not take a key that is not in
# it for one that was absent.
_WITHOUT_HEADERS: Final = 1
_ALL_POINTERS: Final = (*POINTERS, PARENT_POINTER, *HEADER_POINTERS)


@dataclass(frozen=True, kw_only=True)
class Claim:
    """One deployment's hold on one listener.

    Attributes:
        owner: `<project>/<stack>`, for people.
        deployment: id of the deployment; a listener that another one claims is refused.
        token: of the ListenerClaim resource; only its delete restores the listener.
        attempt: id of the run that writes now; every write of a run tests that it still stands here.
        uid: of the AlbConfig that was claimed; the claim says nothing of any other one.
        host: in the requests of a proof; None when none is known.
        repository: of the CA in CAS, for people who lost the state; None with a purchased CA.
        previous: the fields as they were before this deployment came.
        written: what this deployment last wrote into the fields, in the same patch. Who changes them and not the claim
            is somebody else. Of keys of headers, those that are not in it are not claimed.
        edit: what somebody else had set, and an attempt that failed has put back; None mostly. The next `up` writes
            over it, as the one before announced, and a destroy treats it as what it is.
        generation: of the root CA, as the deployment numbers it, that the fields name; None when that is not known.
        editor: who had set what a failed attempt put back, and when, where that is not what was written; None mostly.
            managedFields name this program for it since. For people; it decides nothing.
        more: members of the annotation that this version of the program does not know.
    """

    owner: str
    deployment: str
    token: str
    attempt: str
    uid: str
    host: str | None = None
    repository: str | None = None
    previous: Fields
    written: Fields
    edit: Fields | None = None
    editor: str | None = None
    generation: int | None = None
    more: dict[str, Any] = field(default_factory=dict)

    def to_text(self) -> str:
        """Return the value of the annotation: canonical JSON, so that equal claims are equal texts."""
        known = {name: getattr(self, name) for name in _MEMBERS}
        recorded = (*self.previous, *self.written, *(self.edit or ()))
        version = VERSION if any(pointer not in POINTERS for pointer in recorded) else _WITHOUT_HEADERS
        value = {**self.more, "version": version, **{name: one for name, one in known.items() if one is not None}}
        return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


_REQUIRED = ("owner", "deployment", "token", "attempt", "uid")
_OPTIONAL = ("host", "repository", "editor")
_FIELDS = ("previous", "written")
_EDIT = "edit"
_GENERATION = "generation"
# Of names alone: nothing else of a text from the cluster gets into a message.
_POINTER = re.compile(r"(/[A-Za-z0-9]{1,40}){1,4}")
_MEMBERS = (*_REQUIRED, *_OPTIONAL, *_FIELDS, _EDIT, _GENERATION)


def claim_text(albconfig: AlbConfig, listener: ListenerKey) -> str | None:
    """Return the annotation as it stands in the AlbConfig."""
    annotations = albconfig["metadata"].get("annotations") or {}
    text: str | None = annotations.get(listener.claim_annotation)
    return text


def read_claim(albconfig: AlbConfig, listener: ListenerKey) -> Claim | None:
    """Read the claim on a listener; one that was copied from another AlbConfig with the annotation is none.

    Raises:
        MalformedClaim: somebody edited the annotation, so that what the listener held before cannot be known.
        NewerClaim: a newer version of this program wrote it.
    """
    text = claim_text(albconfig, listener)
    if text is None:
        return None
    value = _parsed(text)
    version = value.get("version")
    if isinstance(version, int) and version > VERSION:
        raise NewerClaim(listener, holds=f"of version {version}", known=f"claims up to version {VERSION}")
    if unknown := _unknown_fields(value):
        raise NewerClaim(listener, holds=f"on {unknown[0]}", known=f"only {', '.join(_ALL_POINTERS)}")
    if not _is_complete(value):
        raise MalformedClaim(listener)
    claim = _claim(value)
    return claim if claim.uid == albconfig["metadata"]["uid"] else None


def copied_claim(albconfig: AlbConfig, listener: ListenerKey) -> Claim | None:
    """Return the claim on another AlbConfig, deleted or not, whose annotation this one has; None mostly.

    A backup that is restored and a file that was made of another AlbConfig bring it along.
    """
    value = _parsed(claim_text(albconfig, listener) or "")
    if not _is_complete(value) or value["uid"] == albconfig["metadata"]["uid"]:
        return None
    return _claim(value)


@dataclass(frozen=True, kw_only=True)
class FoundClaim:
    """An annotation that is a claim, or was meant as one.

    Attributes:
        label: of the listener, which may be gone.
        annotation: its key.
        text: its value.
        claim: None when this version of the program cannot read it.
        is_copy: it is about another AlbConfig, and came with its annotations: it holds nothing here.
    """

    label: str
    annotation: str
    text: str
    claim: Claim | None
    is_copy: bool = False


def claims_in(albconfig: AlbConfig) -> list[FoundClaim]:
    """Return all claims on an AlbConfig, on listeners that are gone too, and those that cannot be read."""
    annotations = albconfig["metadata"].get("annotations") or {}
    return [_found(albconfig, key, text) for key, text in annotations.items() if key.startswith(CLAIM_PREFIX)]


def moved_claim(albconfigs: Iterable[AlbConfig], fields: Fields, *, deployment: str) -> Claim | None:
    """Return the claim of a deployment on a listener that is gone, whose fields one that nobody claims has now.

    Its port was changed, or it was moved to another AlbConfig. None mostly, and when there are several.
    """
    gone = [claim for albconfig in albconfigs for claim in _without_listener(albconfig, deployment)]
    moved = [claim for claim in gone if meaning_of(claim.written) == meaning_of(fields)]
    return moved[0] if len(moved) == 1 else None


def _without_listener(albconfig: AlbConfig, deployment: str) -> list[Claim]:
    there = {_label(albconfig, listener_label(element)) for _, element in listeners_of(albconfig)}
    return [
        one.claim
        for one in claims_in(albconfig)
        if one.claim is not None and not one.is_copy and one.claim.deployment == deployment and one.label not in there
    ]


def _label(albconfig: AlbConfig, listener: str) -> str:
    return f"listener {listener} of AlbConfig {albconfig['metadata']['name']}"


def _found(albconfig: AlbConfig, key: str, text: str) -> FoundClaim:
    metadata, value = albconfig["metadata"], _parsed(text)
    claim = _claim(value) if _is_complete(value) else None
    return FoundClaim(
        label=_label(albconfig, key.removeprefix(CLAIM_PREFIX).upper().replace(".", "/")),
        annotation=key,
        text=text,
        claim=claim,
        is_copy=claim is not None and claim.uid != metadata["uid"],
    )


def _claim(value: dict[str, Any]) -> Claim:
    known: dict[str, Any] = {name: value.get(name) for name in _MEMBERS}
    return Claim(**known, more={name: one for name, one in value.items() if name not in {"version", *_MEMBERS}})


def _parsed(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
        # Half a character, as \ud800, is JSON; but nobody could write the claim back.
        json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _unknown_fields(value: dict[str, Any]) -> list[str]:
    """Return the fields that a newer version writes: to go on without them would lose what they held before."""
    recorded = (value[name] for name in (*_FIELDS, _EDIT) if isinstance(value.get(name), dict))
    return [one for fields in recorded for one in fields if one not in _ALL_POINTERS and _POINTER.fullmatch(one)]


def _is_complete(value: dict[str, Any]) -> bool:
    return (
        value.get("version") is not True
        and value.get("version") in (_WITHOUT_HEADERS, VERSION)
        and all(isinstance(value.get(name), str) and value[name] for name in _REQUIRED)
        and all(isinstance(value.get(name), str | None) for name in _OPTIONAL)
        and all(_are_fields(value.get(name)) for name in _FIELDS)
        and (value.get(_EDIT) is None or _are_fields(value[_EDIT]))
        and type(value.get(_GENERATION)) in (int, type(None))
    )


def _are_fields(value: object) -> bool:
    return isinstance(value, dict) and value.keys() <= set(_ALL_POINTERS)
