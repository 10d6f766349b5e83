"""A few cells, chosen by a commit: others in the next commit, the same ones when repeated."""

import random
from collections.abc import Sequence

from tests.crash.cases import Cell
from tests.crash.operations import OPERATIONS, Operation

OPERATIONS_IN_A_SAMPLE = 3
CELLS_IN_A_SAMPLE = 12


def operations_of(commit: str) -> list[Operation]:
    """Return the operations of a commit's sample, in their usual order."""
    chosen = _random(commit).sample(range(len(OPERATIONS)), OPERATIONS_IN_A_SAMPLE)
    return [OPERATIONS[index] for index in sorted(chosen)]


def sample(cells: Sequence[Cell], commit: str) -> list[Cell]:
    """Return the cells of a commit's sample, in their order."""
    chosen = _random(commit).sample(range(len(cells)), min(CELLS_IN_A_SAMPLE, len(cells)))
    return [cells[index] for index in sorted(chosen)]


def _random(commit: str) -> random.Random:
    return random.Random(commit)  # noqa: S311  # a choice that can be repeated, not a secret
