"""The table of all cells, for a terminal and for docs/evidence/."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.crash.calls import Call, Moment, Stage, end_of, moment_of
from tests.crash.cases import Victim
from tests.crash.running import Recorded
from tests.crash.trying import Outcome
from tests.helpers.evidence import Took, row, rule


@dataclass(frozen=True, kw_only=True)
class Table:
    """What came of cells.

    Attributes:
        recorded: the operations.
        outcomes: of all their cells.
    """

    recorded: Sequence[Recorded]
    outcomes: Sequence[Outcome]

    @property
    def broken(self) -> list[Outcome]:
        """The outcomes in which something does not hold."""
        return [outcome for outcome in self.outcomes if outcome.broken]

    def summary(self) -> Iterator[str]:
        """Yield one row of Markdown for each operation, and one for all."""
        yield "| operation | calls | cells | distinct moments | kills with recovery | went wrong |"
        yield rule(6)
        numbers = [self._numbers(one) for one in self.recorded]
        for one, counted in zip(self.recorded, numbers, strict=True):
            yield row(one.operation.name, *counted)
        yield row("all", *(sum(column) for column in zip(*numbers, strict=True)))

    def rows(self) -> Iterator[str]:
        """Yield everything, for a terminal."""
        for one in self.recorded:
            yield from ("", one.operation.name, "", *self.details(one))
        yield from ("", *self.summary())

    def details(self, recorded: Recorded) -> Iterator[str]:
        """Yield the rows of one operation: a call each, stages and victims as columns."""
        yield row("step", "call", *(f"{victim}, {stage}" for victim in Victim for stage in Stage))
        yield rule(2 + len(Victim) * len(Stage))
        for call in recorded.calls:
            columns = [self._column(recorded, call, stage, victim) for victim in Victim for stage in Stage]
            yield row(call.step, str(call), *columns)
        for step in recorded.silent:
            verdicts = [self._verdict(recorded, end_of(step), victim) for victim in Victim]
            yield row(step, "none", *(one for verdict in verdicts for one in ("", "", verdict)))

    def _numbers(self, recorded: Recorded) -> list[int]:
        mine = [each for each in self.outcomes if each.cell.operation == recorded.operation.name]
        return [
            len(recorded.calls),
            len(recorded.calls) * len(Stage) * len(Victim),
            len({cell.moment for cell in recorded.cells}),
            len(mine),
            sum(1 for each in mine if each.broken),
        ]

    def _column(self, recorded: Recorded, call: Call, stage: Stage, victim: Victim) -> str:
        moment = moment_of(recorded.calls, call, stage)
        if moment is None:
            return "end"
        verdict = self._verdict(recorded, moment, victim)
        if moment.call == call and moment.stage is stage:
            return verdict
        return f"{verdict} (as {'before' if moment.call == call else moment.call or 'result lost'})"

    def _verdict(self, recorded: Recorded, moment: Moment, victim: Victim) -> str:
        mine = [
            each
            for each in self.outcomes
            if each.cell.moment == moment
            and each.cell.victim is victim
            and each.cell.operation == recorded.operation.name
        ]
        wrong = sum(1 for each in mine if each.broken)
        return f"**{wrong} of {len(mine)} wrong**" if wrong else f"right {len(mine)}"


def document(table: Table, took: Took) -> str:
    """Return docs/evidence/kills.md: the method and the totals."""
    introduction = Path(__file__).with_name("introduction.md").read_text("utf-8")
    return "\n".join([introduction, *table.summary(), "", str(took), ""])


def document_of_cells(table: Table, took: Took) -> str:
    """Return docs/evidence/kills-table.md: each cell."""
    lines = ["# Killed anywhere: every cell", "", "What the columns mean: [kills](kills.md).", str(took), ""]
    for one in table.recorded:
        lines += [f"## {one.operation.name[0].upper()}{one.operation.name[1:]}", "", *table.details(one), ""]
    return "\n".join(lines)
