"""Stacks on the lab: the real engine, the real program, one project folder for each test."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.clear_text import in_the_clear
from tests.helpers.lab import LabHandle
from tests.helpers.stack import Stack
from tests.helpers.stack_config import stack_config, stack_environment

MakeStack = Callable[..., Stack]


@pytest.fixture(autouse=True)
def nothing_in_the_clear() -> Iterator[None]:
    """Whatever a test was about, what its stacks and those of its module left behind holds no secret in the clear."""
    older = list(Stack.made)
    yield
    found = in_the_clear(Stack.made)
    Stack.made[:] = older
    assert [str(each) for each in found] == []


@contextmanager
def stacks_in(folder: Path, lab: LabHandle) -> Iterator[MakeStack]:
    """Make stacks in a state of their own, and look at what they left when nobody needs them any more."""
    environment = stack_environment(lab, folder)
    stacks: list[Stack] = []

    def make(name: str = "test", **overrides: Any) -> Stack:
        stack = Stack(name=name, folder=folder / name, environment=environment)
        stacks.append(stack)
        stack.configure(stack_config(lab, **overrides))
        return stack

    yield make
    found = in_the_clear(stacks)
    Stack.made[:] = [each for each in Stack.made if each not in stacks]
    assert [str(each) for each in found] == []


@pytest.fixture
def make_stack(lab: LabHandle, tmp_path: Path) -> Iterator[MakeStack]:
    """Make stacks in a state of their own; whatever they hold when the test ends is let go with the lab's reset."""
    with stacks_in(tmp_path, lab) as make:
        yield make


@pytest.fixture
def stack(make_stack: MakeStack) -> Stack:
    """One stack with the client alice on listener 443 of AlbConfig alb, not deployed yet."""
    return make_stack()
