"""How long people wait for a lab: `python -m lab up` until it is ready, and `down` until nothing is left of it."""

import os
import time

from pydantic import BaseModel

from lab import lifecycle
from lab.paths import LabPaths
from tests.helpers.lab import lab_command
from tools.bench.errors import BenchError
from tools.bench.section import Bench, Section
from tools.bench.table import Table, against, spread

_READY_SECONDS = 10.0


class Labs(BaseModel):
    """Seconds of each round."""

    up: list[float] = []
    down: list[float] = []


def measure(bench: Bench) -> Labs:
    """Start and end one lab after the other, with nothing running beside them.

    Raises:
        BenchError: a lab did not start or did not end.
    """
    name = f"bench-start-{os.getpid()}"
    figures = Labs()
    try:
        for each in range(bench.size.labs):
            bench.report(f"labs: {each + 1} of {bench.size.labs}")
            figures.up.append(_seconds("up", "--name", name, "--ports", "ephemeral"))
            figures.down.append(_seconds("down", "--name", name))
    finally:
        lifecycle.stop(LabPaths.of(name))
    return figures


def _seconds(*words: str) -> float:
    started = time.monotonic()
    answer = lab_command(*words)
    took = time.monotonic() - started
    if answer.returncode:
        message = f"`python -m lab {words[0]}` failed with exit code {answer.returncode}: {answer.stderr.strip()}"
        raise BenchError(message)
    return took


def _tables(figures: Labs) -> list[Table]:
    made = Table(
        title="A lab",
        columns=("command", "median", "range", "bound"),
        notes=["With nothing running beside it, and with tools that are built already. The slowest counts."],
    )
    slowest = against(max(figures.up), {"limit": _READY_SECONDS})
    made.add("`python -m lab up`, until it is ready", *spread(figures.up, digits=1), slowest)
    made.add("`python -m lab down`, until nothing is left", *spread(figures.down, digits=1), "")
    return [made]


SECTION = Section(name="labs", figures=Labs, measure=measure, tables=_tables)
