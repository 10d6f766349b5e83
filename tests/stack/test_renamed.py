"""A renamed stack is refused by its own claim, and destroy is the way out (docs/reference/limits.md)."""

from tests.helpers.lab import LabHandle
from tests.helpers.stack import Stack
from tests.helpers.world import World


def test_a_renamed_stack_cannot_go_on_but_can_be_destroyed_and_created_again(lab: LabHandle, stack: Stack) -> None:
    before = World.of(lab)
    stack.up()
    during = World.of(lab)
    stack.succeeds("stack", "rename", "renamed", "--stack", "test")
    stack.name = "renamed"
    said = stack.fails("up", "--yes", "--skip-preview", "--stack", "renamed")
    assert "is claimed by stack alb-mtls/test" in said
    assert World.of(lab) == during
    stack.destroy()
    assert World.of(lab) == before
    stack.up()
    assert World.of(lab).element("alb", 443)["caEnabled"] is True
