"""How long people wait for a lab: `python -m lab up` until it is ready, and `down` until nothing is left of it."""

import os
import time
from collections.abc import Callable
from statistics import median

from lab import lifecycle
from lab.paths import LabPaths
from tests.helpers.lab import lab_command
from tools.bench.errors import BenchError
from tools.bench.table import Table, against

_READY_SECONDS = 10.0


def measure(*, rounds: int, report: Callable[[str], None]) -> Table:
    """Start and end one lab after the other, with nothing running beside them.

    Raises:
        BenchError: a lab did not start or did not end.
    """
    name = f"bench-start-{os.getpid()}"
    up, down = [], []
    try:
        for each in range(rounds):
            report(f"labs: {each + 1} of {rounds}")
            up.append(_seconds("up", "--name", name, "--ports", "ephemeral"))
            down.append(_seconds("down", "--name", name))
    finally:
        lifecycle.stop(LabPaths.of(name))
    table = Table(
        title="A lab",
        columns=("command", "median", "range", "bound"),
        notes=["With nothing running beside it, and with tools that are built already. The slowest counts."],
    )
    table.add("`python -m lab up`, until it is ready", *_spread(up), against(max(up), {"limit": _READY_SECONDS}))
    table.add("`python -m lab down`, until nothing is left", *_spread(down), "")
    return table


def _spread(seconds: list[float]) -> tuple[str, str]:
    return f"{median(seconds):.1f} s", f"{min(seconds):.1f} to {max(seconds):.1f} s"


def _seconds(*words: str) -> float:
    started = time.monotonic()
    answer = lab_command(*words)
    took = time.monotonic() - started
    if answer.returncode:
        message = f"`python -m lab {words[0]}` failed with exit code {answer.returncode}: {answer.stderr.strip()}"
        raise BenchError(message)
    return took
