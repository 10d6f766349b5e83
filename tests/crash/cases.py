"""Which kills are tried, by what the stack is recovered from each, and a few of them for each commit."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from tests.crash.calls import Call, Moment, moments
from tests.crash.operations import OPERATIONS, Operation

_OPERATIONS_IN_A_SAMPLE = 3
_CELLS_IN_A_SAMPLE = 4


class Victim(StrEnum):
    """Who is killed."""

    PROVIDER = "provider"
    CLI = "CLI"


class Recovery(StrEnum):
    """What is run afterwards; after the CLI was killed, `pulumi cancel` comes first."""

    UP = "up"
    DESTROY = "destroy"


class Orphan(StrEnum):
    """When the provider that outlived its CLI gets on with the call at which it stood."""

    AT_ONCE = "at once"
    AFTERWARDS = "after the recovery"


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One kill and one recovery.

    Attributes:
        orphan: None when there is none, or when it has nothing left to do.
    """

    operation: str
    moment: Moment
    victim: Victim
    recovery: Recovery
    orphan: Orphan | None

    def __str__(self) -> str:
        """Name it so that `--only` finds it."""
        orphan = f", orphan goes on {self.orphan}" if self.orphan else ""
        return f"{self.operation}: {self.moment}: {self.victim} killed{orphan}: {self.recovery}"


def cells(operation: Operation, calls: Sequence[Call], silent: Sequence[str]) -> Iterator[Cell]:
    """Return every cell of an operation, whose `silent` steps make no call."""
    for moment in moments(calls, silent):
        for recovery in _recoveries_without_provider(operation):
            yield Cell(operation=operation.name, moment=moment, victim=Victim.PROVIDER, recovery=recovery, orphan=None)
        for recovery, orphan in _recoveries_without_cli(moment):
            yield Cell(operation=operation.name, moment=moment, victim=Victim.CLI, recovery=recovery, orphan=orphan)


def _recoveries_without_provider(operation: Operation) -> list[Recovery]:
    # A destroy without its provider may be meant as before or not any more.
    return [Recovery.UP, Recovery.DESTROY] if operation.goal is None else [Recovery.UP]


def _recoveries_without_cli(moment: Moment) -> list[tuple[Recovery, Orphan | None]]:
    if moment.call is None:
        return [(recovery, None) for recovery in Recovery]
    if moment.call.writes:
        return [(recovery, orphan) for recovery in Recovery for orphan in Orphan]
    # What stands at a read has to be let go some time; one order for each recovery is enough of them.
    return [(Recovery.UP, Orphan.AT_ONCE), (Recovery.DESTROY, Orphan.AFTERWARDS)]


def operations_of(commit: str) -> list[Operation]:
    """Return the operations of a commit's sample, in their usual order."""
    chosen = _random(commit).sample(range(len(OPERATIONS)), _OPERATIONS_IN_A_SAMPLE)
    return [OPERATIONS[index] for index in sorted(chosen)]


def sample(cells: Sequence[Cell], commit: str) -> list[Cell]:
    """Return the cells of a commit's sample, in their order."""
    chosen = _random(commit).sample(range(len(cells)), min(_CELLS_IN_A_SAMPLE, len(cells)))
    return [cells[index] for index in sorted(chosen)]


def _random(commit: str) -> random.Random:
    return random.Random(commit)  # noqa: S311  # a choice that can be repeated, not a secret
