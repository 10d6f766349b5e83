"""Whose the keys of identity headers are, and what becomes of each: every key is judged by itself. Pure.

A key is this deployment's while it means what the claim says was written; what somebody else made of one stays, and
keeps neither the other keys nor `caEnabled` and `caCertificates` from going back. A key that the claim does not name is
nobody's here: a claim of before there were headers never recorded that it was absent.
"""

import copy
from collections.abc import Iterable, Mapping

from alb_mtls.aliyun.alb_models import Listener
from alb_mtls.cluster.claim import Claim
from alb_mtls.cluster.identity_headers import (
    HEADER_POINTERS,
    PARENT,
    PARENT_POINTER,
    REMOVED,
    HeaderFields,
    IdentityHeaders,
    header_fields_of,
    headers_in,
    key_of,
    only_zero_is_left,
    recorded,
    same_key,
)
from alb_mtls.cluster.listener import Element, Fields
from alb_mtls.cluster.patch import same_json
from alb_mtls.listener_resources import ListenerSwitchInputs
from alb_mtls.listeners.situation import Holder, Situation, Standing

NONE = IdentityHeaders()


def header_part(values: Mapping[str, object]) -> HeaderFields:
    """Return what some fields say of headers."""
    return {one: values[one] for one in (PARENT_POINTER, *headers_in(values)) if one in values}


def to_write(there: Situation, headers: IdentityHeaders | None) -> HeaderFields:
    """Return what an `up` writes: the keys that are configured, and of those that were, what was there before."""
    desired = (headers or NONE).fields
    given_back = _given_back(there, [one for one in headers_in(_left(there)) if one not in desired])
    if desired:
        return {**given_back, **desired}
    return {**given_back, **_parent_given_back(there, given_back)}


def to_give_back(there: Situation) -> HeaderFields:
    """Return what becomes of the keys when the listener is given back."""
    given_back = _given_back(there, headers_in(_left(there)))
    return {**given_back, **_parent_given_back(there, given_back)}


def before_us(there: Situation, headers: IdentityHeaders | None) -> HeaderFields:
    """Return what the configured keys were before this deployment, or before that from which they are taken over."""
    desired, stands, before = (headers or NONE).fields, there.headers, {}
    for pointer in desired:
        was = _recorded_before(there, pointer)
        source = stands if was is None else was
        if pointer in source:
            before[pointer] = source[pointer]
    return before


def undone(there: Situation, *, wrote: HeaderFields, element_before: Element) -> HeaderFields:
    """Return what a roll-back makes of the keys that an attempt wrote; those that somebody has changed since, stay.

    Args:
        there: what stands.
        wrote: by the attempt.
        element_before: the listener as the attempt found it.
    """
    before, stands = header_fields_of(element_before), there.headers
    back = {
        pointer: before.get(pointer, REMOVED)
        for pointer in headers_in(wrote)
        if same_key(stands.get(pointer), None if wrote[pointer] is REMOVED else wrote[pointer])
    }
    if PARENT_POINTER not in wrote:
        return back
    if PARENT in element_before and PARENT not in there.element:
        # What the attempt removed as a whole comes back as it was, with the zero values that were in it.
        return {**back, PARENT_POINTER: copy.deepcopy(element_before[PARENT])}
    was_made = not isinstance(element_before.get(PARENT), dict)
    if was_made and PARENT_POINTER in stands and only_zero_is_left(there.element, _gone(back)):
        return {**back, PARENT_POINTER: before.get(PARENT_POINTER, REMOVED)}
    return back


def overwritten(there: Situation, *, attempt: str | None, headers: IdentityHeaders | None) -> tuple[str, ...]:
    """Return the keys that somebody changed since a run that did not end well, and that an `up` would write over.

    Args:
        there: what stands.
        attempt: of the last `up` that ended well; None when the state knows of none.
        headers: that are configured.
    """
    claim = there.claim
    if claim is None or there.holder is not Holder.THIS_CLAIM or claim.attempt == attempt:
        return ()
    known = [claim.written, (headers or NONE).fields, *([claim.edit] if claim.edit is not None else [])]
    pointers = [one for one in headers_in(claim.written) if one in (headers or NONE).fields]
    stands = there.headers
    return tuple(
        pointer
        for pointer in pointers
        if not any(same_key(stands.get(pointer), fields.get(pointer)) for fields in known)
    )


def changed_since(there: Situation, wrote: HeaderFields) -> tuple[str, ...]:
    """Return the keys that are no longer as an attempt wrote them."""
    stands = there.headers
    return tuple(
        one for one in headers_in(wrote) if not same_key(stands.get(one), None if wrote[one] is REMOVED else wrote[one])
    )


def drifted(there: Situation, headers: IdentityHeaders | None) -> tuple[str, ...]:
    """Return the keys that are not as they are configured, and those that an `up` has yet to give back."""
    desired = (headers or NONE).fields
    wrong = [one for one in headers_in(desired) if not same_key(there.headers.get(one), desired[one])]
    left = {} if there.claim is None else there.claim.written
    return (*wrong, *(one for one in headers_in(left) if one not in desired))


def edit_in(stands: HeaderFields, claim: Claim) -> HeaderFields | None:
    """Return how the keys stand that a claim names; None when they are as it says."""
    pointers = headers_in(claim.written)
    if all(same_key(stands.get(one), claim.written[one]) for one in pointers):
        return None
    return {one: stands[one] for one in (PARENT_POINTER, *pointers) if one in stands}


def is_done(there: Situation, goal: HeaderFields) -> bool:
    """Say whether keys stand exactly so."""
    stands, wanted = recorded(there.headers), recorded(goal)
    return all(
        (pointer in stands) == (pointer in wanted)
        and (pointer not in wanted or same_json(stands[pointer], wanted[pointer]))
        for pointer in goal
    )


def alb_shows(shown: Listener, goal: HeaderFields) -> bool:
    """Say whether the ALB API shows the keys so; a header that it does not name is not taken for switched on.

    Which alias a header has that is switched off does not count.
    """
    return not headers_not_shown(shown, goal)


def headers_not_shown(shown: Listener, goal: HeaderFields) -> tuple[str, ...]:
    """Return the keys that the ALB API does not show as they were written."""
    named, wrong = shown_by(shown), []
    for pointer in headers_in(goal):
        value = None if goal[pointer] is REMOVED else goal[pointer]
        is_alias = key_of(pointer).endswith("Alias")
        if is_alias and not _is_on(goal, pointer):
            continue
        if not same_key(named.get(pointer), value):
            wrong.append(pointer)
    return tuple(wrong)


def shown_by(shown: Listener | None) -> HeaderFields:
    """Return the keys as the ALB API shows them."""
    named = (None if shown is None else shown.fields.get(PARENT)) or {}
    return {one: named[key_of(one)] for one in HEADER_POINTERS if key_of(one) in named}


def concerned(there: Situation, inputs: ListenerSwitchInputs) -> tuple[str, ...]:
    """Return the keys that an `up` writes, or gives back."""
    left = {} if there.claim is None else there.claim.written
    desired = (inputs.identity_headers or NONE).fields
    return tuple(one for one in HEADER_POINTERS if one in desired or one in left)


def describe(pointers: Iterable[str], values: Mapping[str, object]) -> str:
    """Return how keys stand, for a message: `XForwardedForClientCertSubjectDNEnabled is absent`."""
    return ", ".join(f"{key_of(one)} is {_text(values.get(one))}" for one in pointers)


def _is_on(goal: HeaderFields, alias: str) -> bool:
    return goal.get(f"{alias.removesuffix('Alias')}Enabled") is True


def _text(value: object) -> str:
    if value is None or value is REMOVED:
        return "absent"
    return str(value).lower() if isinstance(value, bool) else f'"{value}"'


def _left(there: Situation) -> HeaderFields:
    """Return what this deployment has left in the keys: by the claim, and where that is gone by the state."""
    if there.claim is not None:
        return header_part(there.claim.written)
    if there.standing is not Standing.AS_WRITTEN:
        return {}
    return there.header_goal if there.found is not None else {}


def _before(there: Situation) -> Fields:
    return there.claim.previous if there.claim is not None else there.found or {}


def _recorded_before(there: Situation, pointer: str) -> Fields | None:
    """Return the record that says what a key was; None when what stands there now is what it was."""
    claim = there.claim or there.moved
    if claim is not None:
        is_own = claim.deployment == there.deployment
        is_as_written = same_key(there.headers.get(pointer), claim.written.get(pointer))
        is_claimed = pointer in claim.written and (is_own or is_as_written)
        return claim.previous if is_claimed else None
    return there.found if pointer in _left(there) else None


def _given_back(there: Situation, pointers: Iterable[str]) -> HeaderFields:
    left, before = _left(there), _before(there)
    return {one: before.get(one, REMOVED) for one in pointers if same_key(there.headers.get(one), left[one])}


def _parent_given_back(there: Situation, given_back: HeaderFields) -> HeaderFields:
    """Return the object, when this deployment made it and only zero values are left in it."""
    before = _before(there).get(PARENT_POINTER, REMOVED)
    is_made = PARENT_POINTER in _left(there) and not isinstance(before, dict)
    is_empty = PARENT_POINTER in there.headers and only_zero_is_left(there.element, _gone(given_back))
    return {PARENT_POINTER: before} if is_made and is_empty else {}


def _gone(values: HeaderFields) -> list[str]:
    return [pointer for pointer, value in values.items() if value is REMOVED]
