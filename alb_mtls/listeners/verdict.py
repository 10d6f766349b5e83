"""Whose the two fields of a listener are, and what may be done with them. Pure.

`caEnabled` and `caCertificates` are one unit, and judged by their meaning. Every patch of this program changes them and
the claim together, so the claim says what this deployment left there: who changes the fields and not the claim is
somebody else, and what somebody else set is never undone without being announced (docs/reference/state-and-claim.md,
Claim).
"""

from collections.abc import Iterable
from enum import StrEnum, auto

from alb_mtls.cluster.claim import Claim
from alb_mtls.cluster.listener import (
    CA_CERTIFICATES_POINTER,
    CERTIFICATE_ID,
    Fields,
    Meaning,
    meaning_of,
    unit_of,
)
from alb_mtls.listeners.desired import is_among, is_named
from alb_mtls.listeners.situation import Holder, Situation, Standing


class Verdict(StrEnum):
    """What may be done; from HELD on, nothing."""

    WRITE = auto()
    PUT_BACK = auto()
    RESTORE = auto()
    # Only the claim goes.
    RELEASE = auto()
    # Nothing there is this claim's.
    LEAVE = auto()

    HELD = auto()
    CLAIMED = auto()
    # By the deployment that an earlier `up` took it from.
    TAKEN_BACK = auto()
    HELD_BY_OWN = auto()
    ANOTHER_CA = auto()
    EDITED = auto()
    # Another run writes now.
    LOST = auto()
    ENGINE_GONE = auto()
    # Neither claim nor state says what was before.
    UNKNOWN = auto()


def on_up(
    there: Situation,
    *,
    attempt: str | None,
    take_over: str | None,
    used: str | None,
    enabled: bool,
    was_enabled: bool | None,
) -> Verdict:
    """Say whether an `up` may write.

    Args:
        there: what stands.
        attempt: of the last `up` that ended well; None when the state knows of none.
        take_over: CA, or deployment, that may be taken over.
        used: what the last `up` that ended well was given as `take_over`: two deployments that name each other would
            take the listener from each other night after night.
        enabled: whether this `up` lets the listener request client certificates.
        was_enabled: what the last `up` made of that; None when the state knows of none.
    """
    if there.hold is not None:
        return Verdict.HELD
    if there.holder is Holder.ANOTHER_DEPLOYMENT:
        if there.claim is None or there.claim.deployment != take_over:
            return Verdict.CLAIMED
        return Verdict.TAKEN_BACK if used == take_over else Verdict.WRITE
    if there.holder is Holder.ANOTHER_CLAIM and take_over != there.deployment:
        return Verdict.HELD_BY_OWN
    if there.standing is Standing.ANOTHER_CA and not _are_taken(there.other_cas, take_over):
        return Verdict.ANOTHER_CA
    if there.holder is Holder.THIS_CLAIM and there.claim and there.claim.attempt != attempt:
        # A run of this deployment did not end well, and what it left is not what stands: somebody came in between.
        # Who switched it off in an emergency is not undone by an `up` that leaves it off.
        agrees = not enabled and _is_off(there.fields)
        return Verdict.WRITE if agrees or _is_as_left(there, there.claim) else Verdict.EDITED
    if there.standing is Standing.ANOTHER_CA:
        return Verdict.WRITE
    if there.claim is None and there.standing is Standing.AS_WRITTEN and enabled and was_enabled is not False:
        # Without a claim there is no attempt to go by: what nobody here switched off is not switched on again.
        return Verdict.WRITE if not _is_off(there.fields) else Verdict.EDITED
    return Verdict.WRITE


def _is_as_left(there: Situation, claim: Claim) -> bool:
    """Say whether a listener is as a run left it that did not end well, but for a CA that may be taken over."""
    stands, written = meaning_of(there.fields), meaning_of(claim.written)
    if there.standing is Standing.ANOTHER_CA:
        # To take a CA over does not say that what was switched off since is to be switched on.
        return stands.enabled >= written.enabled or _is_edit(stands, claim)
    return stands == written or _is_edit(stands, claim)


def _is_edit(stands: Meaning, claim: Claim) -> bool:
    return claim.edit is not None and stands == meaning_of(claim.edit)


def on_roll_back(there: Situation, *, attempt: str, written: Fields, engine_lives: bool) -> Verdict:
    """Say whether an attempt may put back what it found.

    Args:
        there: what stands.
        attempt: that wrote.
        written: what it wrote.
        engine_lives: whether the engine that began the attempt is there: a recovery may have come after it, whose claim
            is gone as well.
    """
    if there.hold is not None:
        return Verdict.HELD
    if there.claim is not None and there.claim.attempt != attempt:
        return Verdict.LOST
    if there.claim is None and not engine_lives:
        return Verdict.ENGINE_GONE
    return Verdict.PUT_BACK if meaning_of(there.fields) == meaning_of(written) else Verdict.EDITED


def on_destroy(there: Situation) -> Verdict:
    """Say what a delete of the claim may do."""
    if there.hold is not None:
        return Verdict.HELD
    if there.holder is Holder.ANOTHER_DEPLOYMENT:
        return Verdict.CLAIMED
    if there.holder is Holder.ANOTHER_CLAIM:
        return Verdict.LEAVE
    if there.claim is None:
        return _on_destroy_without_claim(there)
    if there.standing is Standing.ANOTHER_CA:
        before = meaning_of(there.claim.previous).identifiers
        # The CA that was there before has come back: not its CA is somebody's edit, but the switch.
        return Verdict.EDITED if all(is_among(one, before) for one in there.other_cas) else Verdict.ANOTHER_CA
    if there.standing is Standing.AS_WRITTEN:
        return Verdict.RESTORE
    if there.standing is Standing.AS_PREVIOUS:
        return Verdict.RELEASE
    if meaning_of(there.claim.previous).enabled or not _is_off(there.fields):
        # To restore would request certificates, or stop requesting them, where somebody set the opposite.
        return Verdict.EDITED
    return Verdict.RESTORE if meaning_of(there.fields).identifiers else Verdict.RELEASE


def _on_destroy_without_claim(there: Situation) -> Verdict:
    stands = meaning_of(there.fields)
    if not any(is_among(one, there.ours) for one in stands.identifiers):
        return Verdict.LEAVE
    if there.other_cas:
        return Verdict.ANOTHER_CA
    if there.found is None:
        return Verdict.UNKNOWN
    if stands == meaning_of(there.found):
        return Verdict.LEAVE
    return Verdict.EDITED if not stands.enabled and meaning_of(there.found).enabled else Verdict.RESTORE


def before_us(there: Situation, *, made_here: Iterable[str], take_over: str | None) -> Fields:
    """Return what the two fields were before this deployment, or before that from which it is taken over.

    Args:
        there: what stands.
        made_here: identifiers of the CAs that this deployment has put into CAS: they are deleted with it, so none of
            them is ever what a listener goes back to.
        take_over: CA, or deployment, that may be taken over.
    """
    before = unit_of(_before(there, take_over))
    listed = before.get(CA_CERTIFICATES_POINTER)
    if not any(is_among(one, made_here) for one in meaning_of(before).identifiers) or not isinstance(listed, list):
        return before
    left = [one for one in listed if not (isinstance(one, dict) and is_among(str(one.get(CERTIFICATE_ID)), made_here))]
    return {**before, CA_CERTIFICATES_POINTER: left} if left else {}


def _before(there: Situation, take_over: str | None) -> Fields:
    if there.claim is None:
        found = there.found if there.found is not None or there.moved is None else there.moved.previous
        return found if found is not None and there.standing is Standing.AS_WRITTEN else there.fields
    if there.holder is Holder.ANOTHER_DEPLOYMENT:
        # What others made of their listener since is theirs to get back.
        return there.claim.previous if there.standing is Standing.AS_WRITTEN else there.fields
    is_taken = there.standing is Standing.ANOTHER_CA and _are_taken(there.other_cas, take_over)
    return there.fields if is_taken else there.claim.previous


def _is_off(fields: Fields) -> bool:
    stands = meaning_of(fields)
    return not stands.enabled and not stands.malformed


def _are_taken(identifiers: Iterable[str], take_over: str | None) -> bool:
    return take_over is not None and all(is_named(one, take_over) for one in identifiers)
