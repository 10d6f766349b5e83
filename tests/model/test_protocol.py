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


@pytest.mark.parametrize("promise", PROMISES)
def test_each_promise_holds_whatever_happens(promise: str, scope: str) -> None:
    """What each says stands with it, in tests/model/promises.py."""
    found = explored(scope)
    assert found.states > 1000, "a scope in which nothing happens shows nothing"
    # The shortest way to where it is broken.
    assert found.broken.get(promise, []) == []


def test_the_document_states_about_how_much_was_explored(scope: str) -> None:
    """A call more in a provider is some states more: the document need not follow each of them."""
    text = (DOCS / "evidence" / "protocol-model.md").read_text("utf-8")
    row = re.search(rf"^\| {scope} \| (\d+) \| (\d+) \|$", text, re.MULTILINE)
    assert row, "docs/evidence/protocol-model.md has the command that prints its table"
    assert [int(number) for number in row.groups()] == pytest.approx(
        [explored(scope).states, explored(scope).transitions], rel=0.3
    )
