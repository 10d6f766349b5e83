"""The same as test_broken_twins.py for identity headers: each rule, taken away, breaks a promise."""

from typing import Any
from unittest.mock import patch

import pytest

from alb_mtls.cluster.identity_headers import REMOVED, HeaderFields
from alb_mtls.listeners.situation import Situation
from tests.model.commands import UP
from tests.model.explore import explore
from tests.model.promises import PROMISES
from tests.model.replay import Program
from tests.model.scopes import scopes
from tests.model.scopes_with_headers import WITH_HEADERS
from tests.model.system import Scope
from tests.model.values import replace

_KEYS = "alb_mtls.listeners.header_keys."


def give_back_whatever_stands(there: Situation) -> HeaderFields:
    """Give keys back that somebody else has changed."""
    claim = there.claim
    return (
        {} if claim is None else {one: claim.previous.get(one, REMOVED) for one in claim.written if one.count("/") > 1}
    )


def nothing_edited(*_: Any, **__: Any) -> tuple[str, ...]:
    """Write over whatever somebody has set since the look."""
    return ()


def what_a_claim_does_not_name_was_absent(there: Situation, _pointer: str) -> dict[str, Any] | None:
    """Read a claim of before there were headers as one that recorded them."""
    return {} if there.claim is not None else None


def added_later() -> Scope:
    """Return a scope in which headers are switched on after the first `up`, beside those of others."""
    return replace(scopes()["identity headers beside those of others"], done=(UP,), commands=(WITH_HEADERS,))


@pytest.mark.parametrize(
    ("target", "twin", "scope", "promise"),
    [
        (
            "alb_mtls.listeners.restore.header_keys.to_give_back",
            give_back_whatever_stands,
            "identity headers that somebody edits",
            "an_edited_header_is_only_written_over_by_an_up_that_saw_it",
        ),
        (
            "alb_mtls.listeners.switch.headers_edited_since",
            nothing_edited,
            "identity headers that somebody edits",
            "an_edited_header_is_only_written_over_by_an_up_that_saw_it",
        ),
        (f"{_KEYS}_recorded_before", what_a_claim_does_not_name_was_absent, "", "a_claim_knows_what_its_headers_were"),
        (f"{_KEYS}to_give_back", lambda _: {}, "identity headers", "headers_are_as_before_after_destroy"),
    ],
)
def test_each_rule_taken_away_breaks_its_promise(target: str, twin: Any, scope: str, promise: str) -> None:
    explored = scopes()[scope] if scope else added_later()
    for program, holds in ((Program(broken=lambda: patch(target, twin)), False), (Program(), True)):
        found = explore(explored, program, {promise: PROMISES[promise]})
        assert (promise not in found.broken) is holds
