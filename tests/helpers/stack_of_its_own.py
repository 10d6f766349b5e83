"""A stack that is not deployed yet, on a lab of its own: its clients ask while things are done to it."""

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.helpers.lab import new_lab
from tests.helpers.stack import Stack
from tests.helpers.stack_config import stack_config, stack_environment
from tests.helpers.traffic import Target


@dataclass(frozen=True, kw_only=True)
class OwnStack:
    """The stack, its listener, and a folder for the files of its clients."""

    stack: Stack
    target: Target
    files: Path


@contextmanager
def stack_of_its_own(name: str, clients: Sequence[dict[str, Any]]) -> Iterator[OwnStack]:
    """Give one with these clients; it is destroyed when the block has come to its end."""
    with new_lab(f"{name}-{os.getpid()}") as lab, tempfile.TemporaryDirectory(prefix=f"{name}-") as temporary:
        folder = Path(temporary)
        stack = Stack(name=name, folder=folder / "project", environment=stack_environment(lab, folder))
        stack.configure(stack_config(lab, clients=list(clients)))
        yield OwnStack(stack=stack, target=Target.of(lab), files=folder / "files")
        stack.destroy()
