"""What a person is told when a verdict stops: what stands there, who wrote it and when, and the way out."""

from collections.abc import Mapping, Sequence
from typing import Any

from alb_mtls.cluster.claim_errors import (
    AnotherCa,
    AnotherCaBound,
    ClaimedByAnother,
    ClaimLost,
    HeldByAnother,
    HeldByOwnDeployment,
    ListenerEdited,
    ListenerHeld,
    NotKnownBefore,
    TakenBack,
)
from alb_mtls.cluster.errors import ClusterError
from alb_mtls.cluster.field_managers import last_writer
from alb_mtls.cluster.listener import AlbConfig, Fields, Meaning, meaning_of
from alb_mtls.cluster.listener_key import ListenerKey
from alb_mtls.errors import OperationFailed
from alb_mtls.listeners.desired import is_among
from alb_mtls.listeners.header_keys import describe
from alb_mtls.listeners.situation import Situation
from alb_mtls.listeners.verdict import Verdict

_RELEASE = "when this stack is to leave the listener as it is, `python -m ops release {}` removes the claim"


def stopped_up(
    verdict: Verdict, there: Situation, albconfig: AlbConfig, listener: ListenerKey, *, owner: str | None = None
) -> ClusterError | None:
    """Return why an `up` must not write; None when it may.

    Args:
        verdict: of the listener.
        there: what stands.
        albconfig: as it was read.
        listener: in it.
        owner: project and stack of the run.
    """
    if verdict is Verdict.ANOTHER_CA:
        if there.claim is None:
            return AnotherCa(listener, identifiers=there.other_cas)
        return AnotherCaBound(
            listener,
            identifiers=there.other_cas,
            ours=_cas(there.claim.written),
            by=last_writer(albconfig, there.claim),
            remedy=_with_another_ca(there, there.claim.written),
        )
    if verdict is Verdict.EDITED:
        return edited(
            there,
            albconfig,
            listener,
            remedy=_after_edit(there, listener),
        )
    if verdict is Verdict.HELD_BY_OWN:
        return HeldByOwnDeployment(listener, deployment=there.deployment)
    if verdict is Verdict.TAKEN_BACK and there.claim is not None:
        return TakenBack(listener, owner=there.claim.owner, deployment=there.claim.deployment)
    return _stopped(verdict, there, listener, owner)


def _with_another_ca(there: Situation, written: Fields) -> str:
    # `takeOver` would make the CA of a slip of the hand what `destroy` gives back.
    back = "take it off caCertificates of the listener"
    if meaning_of(written).identifiers:
        back = f"set caCertificates of the listener to {_cas(written)} by hand again"
    return (
        f"when nobody needs that CA, {back} (docs/how-to/incident.md); to replace it, add to the listener in the "
        f"configuration: takeOver: {there.other_cas[0]} (destroy then puts the CA back)"
    )


def _after_edit(there: Situation, listener: ListenerKey) -> str:
    stands = meaning_of(there.fields)
    ways = ["set the two fields in the AlbConfig to what this stack wrote, and run `pulumi up` again"]
    if not stands.enabled and not stands.malformed:
        ways.append("set enabled: false, which leaves it requesting no client certificate")
    if there.claim is not None and not any(is_among(one, there.ours) for one in stands.identifiers):
        ways.append(f"remove the claim, so that this stack begins again: python -m ops release {listener.output_key}")
    return f"speak with whoever did that; then {', or '.join(ways)}"


def stopped_destroy(
    verdict: Verdict, there: Situation, albconfig: AlbConfig, listener: ListenerKey, *, owner: str | None = None
) -> ClusterError | None:
    """Return why a delete must not restore the listener; None when it may, or need not. Arguments as above."""
    release = _RELEASE.format(listener.output_key)
    if verdict is Verdict.ANOTHER_CA:
        return AnotherCaBound(
            listener,
            identifiers=there.other_cas,
            ours=_cas(there.claim.written) if there.claim else ", ".join(there.ours),
            by=last_writer(albconfig, there.claim),
            remedy=f"giving the listener back would undo that. {release[0].upper()}{release[1:]}; then run this again",
        )
    if verdict is Verdict.EDITED:
        before = meaning_of(there.claim.previous if there.claim else there.found or {})
        why = f"nothing was changed, since giving the listener back would undo it (before this stack came, {before})"
        way = "Set the two fields in the AlbConfig as one of the two was"
        if there.claim is None:
            way = (
                "The claim, which would say whether this stack wrote it, is gone: run `pulumi up`, which writes the "
                "claim again, or set the two fields as they were before"
            )
        return edited(there, albconfig, listener, remedy=f"{why}. {way}; then run this again")
    if verdict is Verdict.CLAIMED and there.claim is not None:
        return HeldByAnother(listener, owner=there.claim.owner, deployment=there.claim.deployment)
    if verdict is Verdict.UNKNOWN:
        return NotKnownBefore(listener, ca_identifier=", ".join(meaning_of(there.fields).identifiers))
    return _stopped(verdict, there, listener, owner)


def stopped_roll_back(
    verdict: Verdict,
    there: Situation,
    albconfig: AlbConfig,
    listener: ListenerKey,
    *,
    written: Fields,
    owner: str | None,
) -> Exception | None:
    """Return why an attempt must not put back what it found; None when it may."""
    if verdict is Verdict.EDITED:
        return edited(there, albconfig, listener, expected=meaning_of(written), remedy="nothing was put back")
    if verdict is Verdict.ENGINE_GONE:
        sentence = (
            f"the claim on {listener.label} is gone, and so is the Pulumi engine of this run; nothing was put back. "
            "Run the command again"
        )
        return OperationFailed(sentence)
    return _stopped(verdict, there, listener, owner)


def edited(
    there: Situation, albconfig: AlbConfig, listener: ListenerKey, *, expected: Meaning | None = None, remedy: str
) -> ListenerEdited:
    """Return the sentence about an edit of the fields by somebody else.

    Args:
        there: what stands.
        albconfig: says who wrote it.
        listener: which one.
        expected: what should stand there; by default what the claim says that this stack wrote.
        remedy: what is to be done, as the end of a sentence.
    """
    if expected is None and there.claim is not None:
        expected = meaning_of(there.claim.written)
    return ListenerEdited(
        listener,
        stands=str(meaning_of(there.fields)),
        expected=None if expected is None else str(expected),
        by=last_writer(albconfig, there.claim),
        remedy=remedy,
    )


def edited_headers(
    there: Situation, albconfig: AlbConfig, listener: ListenerKey, keys: Sequence[str], *, remedy: str | None = None
) -> ListenerEdited:
    """Return the sentence about keys of identity headers that somebody else changed, and an `up` would write over.

    Args:
        there: what stands.
        albconfig: says who wrote it.
        listener: which one.
        keys: their JSON pointers.
        remedy: what is to be done, as the end of a sentence; by default what helps after a run that did not end well.
    """
    written = {} if there.claim is None else there.claim.written
    return ListenerEdited(
        listener,
        stands=describe(keys, there.headers),
        expected=describe(keys, written) if any(one in written for one in keys) else None,
        by=last_writer(albconfig, there.claim),
        remedy=remedy
        or (
            "speak with whoever did that; then set the keys of xForwardedForConfig to what this stack wrote, or take "
            "them out of identityHeaders, and run `pulumi up` again"
        ),
    )


def headers_edited_meanwhile(
    there: Situation, albconfig: AlbConfig, listener: ListenerKey, keys: Sequence[str], *, wrote: Mapping[str, Any]
) -> OperationFailed:
    """Return the sentence about keys of identity headers that somebody changed while a run worked.

    No ListenerEdited: what the two fields hold is the run's still, and goes back.
    """
    return OperationFailed(
        f"a key of xForwardedForConfig of {listener.label} was changed while this run worked, last by "
        f"{last_writer(albconfig, there.claim)}: {describe(keys, there.headers)}, written was {describe(keys, wrote)}; "
        "it stays. Find out who writes there and why, set the key to what this stack wrote, and run `pulumi up` again"
    )


def _stopped(verdict: Verdict, there: Situation, listener: ListenerKey, owner: str | None) -> ClusterError | None:
    if verdict is Verdict.HELD:
        return ListenerHeld(listener, there.hold or "", owner=owner)
    if verdict is Verdict.CLAIMED and there.claim is not None:
        return ClaimedByAnother(listener, owner=there.claim.owner, deployment=there.claim.deployment)
    return ClaimLost(listener) if verdict is Verdict.LOST else None


def _cas(fields: Fields) -> str:
    return ", ".join(meaning_of(fields).identifiers) or "no CA"
