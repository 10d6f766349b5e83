"""The protocol of claim, switch and upload, in every order of events that a small scope allows.

The provider's real code is explored (tests/model/replay.py), together with a model of Pulumi's engine, of an
ALB that follows late, of CAS, and of what goes wrong: provider or CLI killed before or after each effect, a provider
that goes on without its CLI, lost replies, an ALB that does not follow in time, edits by hand, a second stack.
docs/evidence/protocol-model.md says what each scope is.
"""

import re
from functools import cache

import pytest

from tests.helpers.documents import DOCS
from tests.model.explore import Explored, explore
from tests.model.promises import PROMISES
from tests.model.replay import Program
from tests.model.scopes import scopes

pytestmark = pytest.mark.parametrize("scope", list(scopes()))

# One for all scopes: what a provider does next is remembered, and the scopes have many of its steps in common.
PROGRAM = Program()


@cache
def explored(scope: str) -> Explored:
    """Explore a scope once for all promises."""
    return explore(scopes()[scope], PROGRAM, PROMISES)


def way_to_a_broken(promise: str, scope: str) -> list[str]:
    """Return the shortest way to where a promise is broken; empty when it holds everywhere."""
    found = explored(scope)
    assert found.states > 1000, "a scope in which nothing happens shows nothing"
    return found.broken.get(promise, [])


def test_no_ca_is_deleted_that_a_listener_refers_to(scope: str) -> None:
    assert way_to_a_broken("never_deletes_a_bound_ca", scope) == []


def test_what_the_listener_was_before_is_never_lost_and_destroy_will_find_it(scope: str) -> None:
    assert way_to_a_broken("never_loses_previous", scope) == []


def test_destroy_leaves_no_claim_and_nothing_in_cas_and_the_albconfig_as_it_was(scope: str) -> None:
    assert way_to_a_broken("leaves_nothing_after_destroy", scope) == []


def test_up_ends_with_one_entry_of_its_ca_in_cas_and_the_listener_as_wanted(scope: str) -> None:
    assert way_to_a_broken("ends_as_wanted_after_up", scope) == []


def test_an_attempt_that_lost_its_claim_writes_nothing(scope: str) -> None:
    assert way_to_a_broken("a_lost_attempt_writes_nothing", scope) == []


def test_what_is_another_stacks_is_never_touched(scope: str) -> None:
    assert way_to_a_broken("never_touches_what_is_anothers", scope) == []


def test_a_command_in_which_nothing_goes_wrong_succeeds_whatever_happened_before(scope: str) -> None:
    assert way_to_a_broken("an_undisturbed_command_succeeds", scope) == []


def test_an_up_that_was_rolled_back_leaves_albconfig_and_alb_as_it_found_them(scope: str) -> None:
    assert way_to_a_broken("a_rolled_back_up_changes_nothing", scope) == []


def test_the_document_tells_about_how_much_was_explored(scope: str) -> None:
    """A call more in a provider is some states more: the document need not follow each of them."""
    text = (DOCS / "evidence" / "protocol-model.md").read_text("utf-8")
    row = re.search(rf"^\| {scope} \| (\d+) \| (\d+) \|$", text, re.MULTILINE)
    assert row, "docs/evidence/protocol-model.md has the command that prints its table"
    assert [int(number) for number in row.groups()] == pytest.approx(
        [explored(scope).states, explored(scope).transitions], rel=0.3
    )
