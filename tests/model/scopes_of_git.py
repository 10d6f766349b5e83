"""Scopes in which Git owns the AlbConfig, or comes to own it, and gives it back."""

from tests.model.commands import DESTROY, UP
from tests.model.registrations import Stack
from tests.model.system import Scope
from tests.model.values import replace
from tests.model.world import first_world

OF_GIT = replace(UP, write="none")
OFF_OF_GIT = replace(OF_GIT, enabled=False)


def scopes_of_git(dev: Stack) -> dict[str, Scope]:
    """Return them by name."""
    scope = Scope(world=first_world(), stacks=(dev,), commands=(), length=2, mishaps=2, git=True)
    return {
        "Git owns the AlbConfig": replace(scope, done=(OF_GIT,), commands=(OF_GIT, OFF_OF_GIT, DESTROY)),
        "a listener is handed over to Git": replace(scope, done=(UP,), commands=(OF_GIT, DESTROY)),
        "a listener is handed over to Git and back": replace(scope, done=(UP,), commands=(OF_GIT, UP, DESTROY)),
    }
