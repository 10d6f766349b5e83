"""Trying one cell after the other on one lab."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.crash.arranging import can_lead
from tests.crash.bench import Bench
from tests.crash.calls import Call
from tests.crash.cases import Cell, Orphan, Recovery, Victim
from tests.crash.holding import Holding
from tests.crash.operations import Ground, Operation
from tests.crash.playing import Play
from tests.crash.verdict import Verdict

_FAILED_SECONDS = 90


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of a cell.

    Attributes:
        broken: sentences about what does not hold; empty when all is well.
        seconds: that it took, with everything that led to it.
    """

    cell: Cell
    broken: tuple[str, ...]
    seconds: float = field(compare=False)


class Trying:
    """One lab on which cells are tried."""

    def __init__(self, bench: Bench) -> None:
        """Take a bench whose lab is as new."""
        self._bench = bench
        self._holding = Holding(bench.lab.management)

    def record(self, operation: Operation) -> tuple[list[Call], list[str]]:
        """Run an operation undisturbed; return its calls, and the steps that change something without a call.

        Raises:
            RuntimeError: it did not end as it should.
        """
        self._arrange(operation)
        self._holding.hold_each()
        with self._bench.play(operation.goal) as play:
            calls = self._holding.record(play)
            self._require(play.failure, fails=operation.fails, what=operation.name)
        if operation.between is not None:
            operation.between(self._bench.lab)
        calling = {call.step for call in calls}
        return calls, [step for step in play.changes if step not in calling]

    def attempt(self, operation: Operation, cell: Cell) -> Outcome:
        """Try a cell; whatever goes wrong is part of its outcome."""
        started = time.monotonic()
        broken: list[str] = []
        try:
            self._arrange(operation)
            broken += self._kill_and_recover(operation, cell)
        except Exception as error:  # noqa: BLE001  # whatever it was, it is this cell's and not the whole table's
            broken.append(f"{type(error).__name__}: {error}")
        if broken:
            broken += self._start_again()
        return Outcome(cell=cell, broken=tuple(broken), seconds=time.monotonic() - started)

    def _start_again(self) -> list[str]:
        """Let the next cell not pay for this one; return what stands in the way of that."""
        try:
            self._holding.let_go()
            self._bench.start_again()
        except Exception as error:  # noqa: BLE001  # the cells that follow on this lab will say the same
            return [f"the lab could not be brought back to what it was: {type(error).__name__}: {error}"]
        return []

    def _arrange(self, operation: Operation) -> None:
        self._lay_ground(operation)
        if not can_lead(self._bench.state, operation.start):
            self._bench.start_again()
        self._require(self._bench.run(operation.start), fails=False, what=f"arranging '{operation.name}'")
        if operation.before is not None:
            operation.before(self._bench.lab)
        self._bench.remember()
        self._bench.lab.management.delete("/journal").raise_for_status()

    def _lay_ground(self, operation: Operation) -> None:
        # Who takes over from another deployment gives back what that one found: its claim does not come back.
        if self._bench.ground is not operation.ground or operation.ground is Ground.ANOTHER_DEPLOYMENT:
            self._bench.lay_ground(operation.ground)

    def _kill_and_recover(self, operation: Operation, cell: Cell) -> Sequence[str]:
        self._holding.prepare(cell.moment)
        lose = cell.moment.step if cell.moment.call is None else None
        with self._bench.play(operation.goal, lose=lose) as play:
            self._holding.stop_at(play, cell.moment)
            if cell.victim is Victim.PROVIDER:
                self._kill_provider(play, lost=lose is not None)
            else:
                play.kill_engine()
            if cell.orphan is Orphan.AFTERWARDS:
                self._holding.keep_only_this()
            else:
                self._holding.let_go()
            if operation.between is not None:
                operation.between(self._bench.lab)
            if operation.before_destroy is not None and cell.recovery is not Recovery.UP:
                operation.before_destroy(self._bench.lab)
            if operation.goal is None:
                self._bench.forget_what_is_destroyed()
            failure = self._bench.run(operation.recovered if cell.recovery is Recovery.UP else None)
            self._holding.let_go()
            if cell.victim is Victim.CLI and not play.provider_ends():
                return ["the provider that outlived its CLI still runs"]
        if failure is not None:
            return [f"the recovery failed: {failure}"]
        if cell.recovery is Recovery.UP:
            return Verdict(self._bench).after_up(operation.recovered, operation)
        return Verdict(self._bench).after_destroy()

    def _kill_provider(self, play: Play, *, lost: bool) -> None:
        play.kill_provider()
        if lost:
            # The provider is dead before its answer could be written down: for the engine, the step has failed.
            play.kill_engine()
            return
        self._holding.keep_only_this()
        play.finish(_FAILED_SECONDS)
        if play.failure is None:
            message = "the run did not notice that its provider was killed"
            raise RuntimeError(message)

    @staticmethod
    def _require(failure: str | None, *, fails: bool, what: str) -> None:
        if (failure is not None) is not fails:
            message = f"{what} ended with: {failure or 'success'}"
            raise RuntimeError(message)
