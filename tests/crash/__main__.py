"""`python -m tests.crash (--all | --sample COMMIT) [--operation NAME] [--only TEXT] [--labs N] [--report FILE]`."""

import os
import shlex
import time
from pathlib import Path
from typing import Annotated

import typer

from tests.crash.cases import Cell, operations_of, sample
from tests.crash.operations import OPERATIONS
from tests.crash.running import labs
from tests.crash.table import Table, document, document_of_cells
from tests.crash.trying import Outcome
from tests.helpers.evidence import Took, write_pages

_PYTHON = ".venv/bin/python"


def main(
    everything: Annotated[bool, typer.Option("--all", help="Try all cells.")] = False,  # noqa: FBT002  # typer's way
    chosen_by: Annotated[str, typer.Option("--sample", metavar="COMMIT", help="Try those a commit chooses.")] = "",
    operation: Annotated[str, typer.Option(metavar="NAME", help="Of all, try those of one operation.")] = "",
    only: Annotated[str, typer.Option(metavar="TEXT", help="Of these, try those whose name contains a text.")] = "",
    count: Annotated[int, typer.Option("--labs", min=1, help="Labs side by side; each needs 0.6 GB.")] = 4,
    report: Annotated[
        Path | None, typer.Option(help="Write totals to this FILE.md, all cells to FILE-table.md.")
    ] = None,
) -> None:
    """Kill provider and CLI in every call of every operation, recover, and check what came of it."""
    if everything == bool(chosen_by):
        message = "give either --all or --sample COMMIT"
        raise typer.BadParameter(message)
    if chosen_by:
        print(f"kills chosen by commit {chosen_by}; again: {_PYTHON} -m tests.crash --sample {chosen_by}", flush=True)
    started = time.monotonic()
    operations = [one for one in OPERATIONS if operation in {"", one.name}] if everything else operations_of(chosen_by)
    with labs(f"killed-{os.getpid()}", count) as several:
        recorded = several.record(operations)
        cells = [cell for one in recorded for cell in one.cells]
        chosen = [cell for cell in (cells if everything else sample(cells, chosen_by)) if only in str(cell)]
        if not chosen:
            message = f"no kill of {len(cells)} has this in its name: {only}"
            raise typer.BadParameter(message)
        print(f"{len(chosen)} kills, each with its recovery, on {count} labs", flush=True)
        outcomes = several.attempt(chosen, _Progress(len(chosen)))
    table = Table(recorded=recorded, outcomes=outcomes)
    print("\n".join(table.rows() if everything and not (only or operation) else table.summary()))
    for outcome in table.broken:
        print(_sentences(outcome))
    if report is not None:
        took = Took(command="make test-killed", labs=count, started=started)
        write_pages(report, document(table, took), document_of_cells(table, took))
    raise typer.Exit(1 if table.broken else 0)


class _Progress:
    """Says what goes wrong at once, and how far the rest is."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._done = 0
        self._started = time.monotonic()

    def __call__(self, outcome: Outcome) -> None:
        self._done += 1
        if outcome.broken:
            print(_sentences(outcome), flush=True)
        if self._done % 20 == 0 or self._done == self._total:
            print(f"{self._done} of {self._total} after {time.monotonic() - self._started:.0f} s", flush=True)


def _sentences(outcome: Outcome) -> str:
    return "\n".join([_repeat(outcome.cell), *(f"    {sentence}" for sentence in outcome.broken)])


def _repeat(cell: Cell) -> str:
    return f"WRONG: {cell}\n    again: {_PYTHON} -m tests.crash {_words_of(cell)}"


def _words_of(cell: Cell) -> str:
    return shlex.join(["--all", "--labs", "1", "--operation", cell.operation, "--only", str(cell)])


if __name__ == "__main__":
    typer.run(main)
