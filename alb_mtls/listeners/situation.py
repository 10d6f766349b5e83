"""A listener as it was read, beside what this deployment knows of it: who holds it, and what its fields are. Pure."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum, auto

from alb_mtls.cluster.claim import Claim, moved_claim, read_claim
from alb_mtls.cluster.hold import read_hold
from alb_mtls.cluster.identity_headers import HeaderFields, IdentityHeaders, header_fields_of
from alb_mtls.cluster.listener import (
    AlbConfig,
    Element,
    Fields,
    ListenerRef,
    fields_of,
    find_listener,
    meaning_of,
)
from alb_mtls.listener_resources import ListenerSwitchInputs, ListenerSwitchOutputs
from alb_mtls.listeners.desired import is_among


class Holder(StrEnum):
    """Who holds a listener."""

    NOBODY = auto()
    THIS_CLAIM = auto()
    # Of this deployment, but under another token.
    ANOTHER_CLAIM = auto()
    ANOTHER_DEPLOYMENT = auto()


class Standing(StrEnum):
    """What the fields are, beside what this deployment knows of them."""

    AS_WRITTEN = auto()
    AS_PREVIOUS = auto()
    # Neither, and no CA of anybody else is there.
    CHANGED = auto()
    ANOTHER_CA = auto()


@dataclass(frozen=True, kw_only=True)
class Situation:
    """A listener as it was read, beside what the state knows.

    Attributes:
        hold: why a person holds it; None mostly.
        claim: on it; None when there is none that counts.
        fields: as they stand.
        deployment: id of this one.
        token: of this deployment's claim on the listener.
        ours: identifiers of the CAs that this deployment binds, or has bound.
        found: the fields as this deployment found them, by its state; None when that does not say.
        moved: its claim from before its port was changed, or it was moved here; None mostly.
        element: the whole listener, as it was read.
        header_goal: keys of identity headers as this deployment writes them, by its state; of these, `found` says what
            they were.
    """

    hold: str | None
    claim: Claim | None
    fields: Fields
    deployment: str
    token: str
    ours: tuple[str, ...]
    found: Fields | None
    moved: Claim | None = None
    element: Element = field(default_factory=dict)
    header_goal: HeaderFields = field(default_factory=dict)

    @property
    def headers(self) -> HeaderFields:
        """The keys of identity headers as they stand."""
        return header_fields_of(self.element)

    @property
    def holder(self) -> Holder:
        """Who holds the listener; the id of the deployment decides, not its name."""
        if self.claim is None:
            return Holder.NOBODY
        if self.claim.deployment != self.deployment:
            return Holder.ANOTHER_DEPLOYMENT
        return Holder.THIS_CLAIM if self.claim.token == self.token else Holder.ANOTHER_CLAIM

    @property
    def standing(self) -> Standing:
        """What the fields are; without a claim, as written means that they name a CA of this deployment."""
        stands = meaning_of(self.fields)
        if self.claim is None:
            if self.other_cas:
                return Standing.ANOTHER_CA
            return Standing.AS_WRITTEN if stands.identifiers else Standing.AS_PREVIOUS
        if stands == meaning_of(self.claim.written):
            return Standing.AS_WRITTEN
        if stands == meaning_of(self.claim.previous):
            return Standing.AS_PREVIOUS
        return Standing.ANOTHER_CA if self.other_cas else Standing.CHANGED

    @property
    def other_cas(self) -> tuple[str, ...]:
        """The CAs on the listener that this deployment did not put there."""
        ours = self.ours
        if self.claim is not None:
            before = meaning_of(self.claim.previous).identifiers
            ours += tuple(one for one in meaning_of(self.claim.written).identifiers if not is_among(one, before))
        return tuple(one for one in meaning_of(self.fields).identifiers if not is_among(one, ours))


def situation_of(
    albconfig: AlbConfig,
    ref: ListenerRef,
    *,
    deployment: str,
    token: str,
    ours: Iterable[str],
    found: Fields | None,
    header_goal: HeaderFields | None = None,
) -> Situation:
    """Return a listener as it was read; the rest are the attributes of a `Situation`.

    Raises:
        MalformedClaim, NewerClaim: the claim cannot be read.
    """
    claim, fields = read_claim(albconfig, ref.key), fields_of(ref.element)
    return Situation(
        hold=read_hold(albconfig, ref.key),
        claim=claim,
        fields=fields,
        deployment=deployment,
        token=token,
        ours=tuple(ours),
        found=found,
        moved=moved_claim([albconfig], fields, deployment=deployment) if claim is None else None,
        element=ref.element,
        header_goal=header_goal or {},
    )


def situation_at(
    inputs: ListenerSwitchInputs, last: ListenerSwitchOutputs | None, albconfig: AlbConfig
) -> tuple[ListenerRef, Situation]:
    """Return a listener as it was read, and what stands there.

    Args:
        inputs: the listener and what it should become.
        last: what the last `up` made of it, if the state knows.
        albconfig: as it was read.

    Raises:
        NoSuchListener, AmbiguousListener: it is not there, or twice.
        MalformedClaim, NewerClaim: the claim cannot be read.
    """
    ref = find_listener(albconfig, inputs.listener)
    found: Fields | None = None if inputs.found is None else json.loads(inputs.found)
    return ref, situation_of(
        albconfig,
        ref,
        deployment=inputs.deployment,
        token=inputs.token,
        ours=ours_of(inputs, last),
        found=found,
        header_goal=(inputs.identity_headers or IdentityHeaders()).fields,
    )


def ours_of(inputs: ListenerSwitchInputs, last: ListenerSwitchOutputs | None) -> tuple[str, ...]:
    """Return the identifiers of the CAs that a deployment binds, or has bound."""
    applied = () if last is None else (last.applied_ca_identifier,)
    return (*inputs.known, *applied, inputs.ca_identifier)
