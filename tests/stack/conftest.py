"""Stacks on the lab: the real engine, the real program, one project folder for each test."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lab.environment import path_entries, variables
from tests.helpers.clear_text import in_the_clear
from tests.helpers.lab import LabHandle
from tests.helpers.stack import Stack
from tests.helpers.stack_config import stack_config

MakeStack = Callable[..., Stack]


@pytest.fixture
def make_stack(lab: LabHandle, tmp_path: Path) -> Iterator[MakeStack]:
    """Make stacks in a state of their own; whatever they hold when the test ends is let go with the lab's reset.

    Whatever the test was about, what it left behind holds no secret in the clear.
    """
    environment = variables(lab.paths, lab.status)
    environment["PULUMI_BACKEND_URL"] = f"file://{tmp_path / 'state'}"
    environment["PULUMI_HOME"] = str(tmp_path / "home")
    environment["PATH"] = ":".join([*path_entries(), "/usr/local/bin", "/usr/bin", "/bin"])
    (tmp_path / "state").mkdir()

    stacks = []

    def make(name: str = "test", **overrides: Any) -> Stack:
        stack = Stack(name=name, folder=tmp_path / name, environment=environment)
        stacks.append(stack)
        stack.configure(stack_config(lab, **overrides))
        return stack

    yield make
    assert [str(found) for found in in_the_clear(stacks, tmp_path)] == []


@pytest.fixture
def stack(make_stack: MakeStack) -> Stack:
    """One stack with the client alice on listener 443 of AlbConfig alb, not deployed yet."""
    return make_stack()
