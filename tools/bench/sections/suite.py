"""How long `make test` takes in a clone that is set up."""

from pydantic import BaseModel

from tools.bench.clone import clone, lend_environment, make
from tools.bench.section import Bench, Goal, Section
from tools.bench.table import Table, against

_AIM = 780.0


class Suite(BaseModel):
    """Seconds of all, and of each stage by name; stages run beside each other."""

    seconds: float
    stages: dict[str, int]


def measure(bench: Bench) -> Suite:
    """Run all tests once.

    Raises:
        BenchError: one failed.
    """
    bench.report("tests: make test in a clone")
    tree = clone(bench.folder)
    lend_environment(tree)
    made = make(tree, "test")
    return Suite(seconds=made.seconds, stages=made.stages)


def _tables(figures: Suite) -> list[Table]:
    rows = [(name, f"{seconds} s") for name, seconds in figures.stages.items()]
    return [
        Table(
            title="The tests",
            columns=("stage of `make test`", "time"),
            rows=[*rows, ("all", f"{figures.seconds:.0f} s ({against(figures.seconds, {'aim': _AIM})})")],
            notes=["In a clone that is set up. Stages run beside each other."],
        )
    ]


def _goals(figures: Suite) -> list[Goal]:
    return [
        Goal(
            figure="`make test` once set up",
            aim=f"{_AIM:g} s",
            measured=f"{figures.seconds:.0f} s",
            met=figures.seconds <= _AIM,
        )
    ]


SECTION = Section(name="tests", figures=Suite, measure=measure, tables=_tables, goals=_goals, by_default=False)
