"""Many cells on several labs side by side."""

import contextlib
import queue
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from tests.crash.bench import Bench
from tests.crash.calls import Call
from tests.crash.cases import Cell, cells
from tests.crash.forking import context
from tests.crash.operations import OPERATIONS, Operation
from tests.crash.program import Program
from tests.crash.recording import record, stack_on
from tests.crash.trying import Outcome, Trying
from tests.helpers.lab import LabHandle, new_lab

_BY_NAME = {operation.name: operation for operation in OPERATIONS}
# Cells of one operation follow each other, so that little has to be arranged between them.
_ROW = 8


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """An operation, its calls in an undisturbed run, and the cells that follow from them.

    Attributes:
        silent: steps that change something and make no call: what they make is in the state alone.
    """

    operation: Operation
    calls: tuple[Call, ...]
    silent: tuple[str, ...]
    cells: tuple[Cell, ...]


class Labs:
    """Labs of which each tries one cell at a time."""

    def __init__(self, tryings: Sequence[Trying]) -> None:
        """Take labs that are as new."""
        self._idle: queue.SimpleQueue[Trying] = queue.SimpleQueue()
        for trying in tryings:
            self._idle.put(trying)
        self._count = len(tryings)

    def record(self, operations: Sequence[Operation]) -> list[Recorded]:
        """Run operations undisturbed and return what there is to be tried in them."""
        with ThreadPoolExecutor(self._count) as pool:
            return list(pool.map(self._record, operations))

    def attempt(self, chosen: Sequence[Cell], report: Callable[[Outcome], None]) -> list[Outcome]:
        """Try cells; the outcomes come in the order of `chosen`.

        Args:
            chosen: cells of operations that were recorded.
            report: gets each outcome as soon as it is there.
        """
        rows = [chosen[start : start + _ROW] for start in range(0, len(chosen), _ROW)]
        with ThreadPoolExecutor(self._count) as pool:
            running = [pool.submit(self._attempt, row, report) for row in rows]
            _raise_first(running)
            return [outcome for row in running for outcome in row.result()]

    def _record(self, operation: Operation) -> Recorded:
        with self._lab() as trying:
            calls, silent = trying.record(operation)
        every = tuple(cells(operation, calls, silent))
        return Recorded(operation=operation, calls=tuple(calls), silent=tuple(silent), cells=every)

    def _attempt(self, row: Sequence[Cell], report: Callable[[Outcome], None]) -> list[Outcome]:
        outcomes = []
        with self._lab() as trying:
            for cell in row:
                outcomes.append(trying.attempt(_BY_NAME[cell.operation], cell))
                report(outcomes[-1])
        return outcomes

    @contextlib.contextmanager
    def _lab(self) -> Iterator[Trying]:
        trying = self._idle.get()
        try:
            yield trying
        finally:
            self._idle.put(trying)


def _raise_first(running: "Sequence[Future[list[Outcome]]]") -> None:
    for done in as_completed(running):
        done.result()


@contextlib.contextmanager
def labs(prefix: str, count: int) -> Iterator[Labs]:
    """Start labs and record the program on the first; afterwards nothing of them is left."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="killed-")))
        # One after the other: each looks for free ports.
        started = [stack.enter_context(new_lab(f"{prefix}-{number}")) for number in range(count)]
        program = recorded_on(started[0], folder / "stack")
        yield Labs([Trying(bench_on(lab, program, folder / lab.name)) for lab in started])


def recorded_on(lab: LabHandle, folder: Path) -> Program:
    """Return the program as recorded on a lab."""
    return record(lab, stack_on(lab, folder))


def bench_on(lab: LabHandle, program: Program, folder: Path) -> Bench:
    """Return a bench on a lab that is as new."""
    folder.mkdir(parents=True)
    return Bench.on(lab, program.on(lab), context(), folder)
