"""The protocol of claim, switch and upload, in every order of events that a small scope allows.

The provider's real code is explored (tests/model/replay.py), together with a model of Pulumi's engine, of a controller
and an ALB that follow late, of CAS, and of what goes wrong: provider or CLI killed before or after each effect, a
provider that goes on without its CLI, lost replies, an ALB that does not follow in time, edits by others at every step,
a second deployment. docs/evidence/protocol-model.md says what each scope is.
"""

import re

import pytest

from tests.helpers.documents import DOCS
from tests.helpers.examples import IS_QUICK
from tests.model.explore import explore
from tests.model.promises import PROMISES
from tests.model.replay import Program
from tests.model.scopes import scopes

# One for all scopes: what a provider does next is remembered, and the scopes have many of its steps in common.
PROGRAM = Program()

_DOCUMENT = (DOCS / "evidence" / "protocol-model.md").read_text("utf-8")
_MOST_STATES_IN_A_HURRY = 4000


def _documented(scope: str) -> list[int]:
    """Return how many states and transitions a scope has by the document; nothing where it has no row."""
    row = re.search(rf"^\| {re.escape(scope)} \| (\d+) \| (\d+) \|$", _DOCUMENT, re.MULTILINE)
    return [int(number) for number in row.groups()] if row else []


def _tried() -> list[str]:
    """Return all scopes; in `make check` the small ones."""
    return [one for one in scopes() if not IS_QUICK or _documented(one)[:1] <= [_MOST_STATES_IN_A_HURRY]]


# All promises of a scope in one test, so that workers of pytest do not explore one scope twice.
@pytest.mark.parametrize("scope", _tried())
def test_every_promise_holds_whatever_happens_in_about_as_many_states_as_documented(scope: str) -> None:
    """What each says stands with it, in tests/model/promises.py. A call more in a provider is some states more."""
    found = explore(scopes()[scope], PROGRAM, PROMISES)
    assert found.states > 1000, "a scope in which nothing happens shows nothing"
    # The shortest way to where each is broken.
    assert found.broken == {}
    documented = _documented(scope)
    assert documented, "docs/evidence/protocol-model.md has the command that prints its table"
    assert documented == pytest.approx([found.states, found.transitions], rel=0.3)
