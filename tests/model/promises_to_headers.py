"""What must hold for keys of identity headers, each by itself."""

import json
from functools import cache
from typing import Any

from alb_mtls.cluster.identity_headers import IdentityHeaders, header_fields_of, headers_in, same_key
from alb_mtls.cluster.listener import find_listener
from alb_mtls.properties import from_props
from tests.helpers.albconfigs import LISTENER
from tests.model.documents import claim_in
from tests.model.edits_of_headers import ALIAS, HEADER_EDITED, THEIR_ALIAS
from tests.model.registrations import Command
from tests.model.state import Event, State
from tests.model.system import Scope
from tests.model.world import World

_POINTER = f"/xForwardedForConfig/{ALIAS}"


def an_edited_header_is_only_written_over_by_an_up_that_saw_it(
    _scope: Scope, before: State, event: Event, after: State
) -> bool:
    """A key that somebody set stands against a destroy, a roll-back, and an `up` that did not announce it."""
    if event.call is None or event.call[0] != "patch" or event.process is None:
        return True
    then, now = _keys(before.world).get(_POINTER), _keys(after.world).get(_POINTER)
    if then != THEIR_ALIAS or now == THEIR_ALIAS:
        return True
    observed = json.loads(event.process.step.news or "{}").get("observed")
    seen = json.loads(observed or "{}").get("headers") or {}
    return event.process.step.kind == "switch" and seen.get(_POINTER) == THEIR_ALIAS


def headers_are_as_configured_after_up(scope: Scope, after: State) -> bool:
    """After an `up` that succeeded, each header is as configured, and a key that is not configured as before."""
    ended = after.deployments[0].ended
    if after.orphans or ended is None or ended.command.kind != "up" or ended.sentence != "":
        return True
    if scope.edits and ended.disturbed:
        return True
    return _are(scope, after.world, _desired(ended.command))


def headers_are_as_before_after_destroy(scope: Scope, after: State) -> bool:
    """After a `destroy` that succeeded, each key is as it was, or as somebody else has set it."""
    ended = after.deployments[0].ended
    if after.orphans or ended is None or ended.command.kind != "destroy" or ended.sentence != "":
        return True
    return _are(scope, after.world, {})


def a_claim_knows_what_its_headers_were(scope: Scope, after: State) -> bool:
    """Of each key that a claim names, it says what that was before; or what somebody else had set then."""
    claim = claim_in(after.world.albconfig)
    if claim is None:
        return True
    first = _keys(scope.world)
    return all(_is(scope, one, claim.previous.get(one), first) for one in headers_in(claim.written))


def has_their_alias(world: World) -> bool:
    """Say whether a key stands as somebody else has set it."""
    return _keys(world).get(_POINTER) == THEIR_ALIAS


PROMISES_TO_HEADERS = (
    an_edited_header_is_only_written_over_by_an_up_that_saw_it,
    headers_are_as_configured_after_up,
    headers_are_as_before_after_destroy,
    a_claim_knows_what_its_headers_were,
)


def _are(scope: Scope, world: World, desired: dict[str, Any]) -> bool:
    first, now = _keys(scope.world), _keys(world)
    return all(
        same_key(now.get(one), desired[one]) if one in desired else _is(scope, one, now.get(one), first)
        for one in headers_in({**first, **now, **desired})
    )


def _is(scope: Scope, pointer: str, value: Any, first: dict[str, Any]) -> bool:
    theirs = HEADER_EDITED in scope.edits and pointer == _POINTER and value == THEIR_ALIAS
    return theirs or same_key(value, first.get(pointer))


def _keys(world: World) -> dict[str, Any]:
    return _keys_in(world.albconfig)


@cache
def _keys_in(text: str) -> dict[str, Any]:
    return header_fields_of(find_listener(json.loads(text), LISTENER).element)


def _desired(command: Command) -> dict[str, Any]:
    return from_props(IdentityHeaders, dict(command.headers)).fields
