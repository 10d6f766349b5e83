"""What a preview that finds nothing to do costs, beside one of a program that does nothing at all."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from pydantic import BaseModel

from tools.bench import project
from tools.bench.bench_lab import BenchLab, bench_lab
from tools.bench.processes import Usage
from tools.bench.pulumi_cli import Cli
from tools.bench.section import Bench, Goal, Report, Section
from tools.bench.table import Table, against, ratios, spread, spread_text

_PREVIEW = ("preview", "--expect-no-changes")
_UP = ("up", "--yes", "--skip-preview")
EMPTY, IDLE = "an empty Python program", "one dynamic resource that does nothing"
_WHOLE = "dev stack, drift read and report shown"
_AIM, _LIMIT = 1.6, 1.8


class Previewed(BaseModel):
    """Previews of one program.

    Attributes:
        seconds: of each round; the same round of all programs is the same minute.
        calls: of APIs, in one preview.
        usage: of the processes of one preview.
    """

    name: str
    seconds: list[float]
    calls: int
    usage: Usage


class Previews(BaseModel):
    """All of them; the first does nothing at all."""

    subjects: list[Previewed]

    def ratios(self, name: str) -> list[float]:
        """Return how much longer than the first a preview took, in each round."""
        [subject] = (one for one in self.subjects if one.name == name)
        return ratios(subject.seconds, self.subjects[0].seconds)


@dataclass(kw_only=True)
class Subject:
    """A program to be previewed, deployed already."""

    cli: Cli
    seconds: list[float] = field(default_factory=list)


def measure(bench: Bench) -> Previews:
    """Time no-op previews of the dev stack and of programs that do nothing.

    Raises:
        BenchError: a preview failed or found something to do.
    """
    with bench_lab(bench.report) as lab:
        subjects = nothing(lab, bench.folder)
        whole = Cli(folder=project.program(bench.folder / "whole"), environment=lab.environment(bench.folder))
        bench.report("previews: deploying the dev stack")
        whole.init()
        project.configure(whole.folder, project.dev_config(lab))
        whole.seconds(*_UP)
        subjects[_WHOLE] = Subject(cli=whole)
        return timed(lab, subjects, rounds=bench.size.previews, report=bench.report)


def nothing(lab: BenchLab, folder: Path) -> dict[str, Subject]:
    """Deploy the two programs that do nothing.

    Raises:
        BenchError: Pulumi failed.
    """
    environment = lab.environment(folder)
    programs = {EMPTY: project.other(folder / "nothing"), IDLE: project.other(folder / "idle", project.ONE_RESOURCE)}
    subjects = {name: Subject(cli=Cli(folder=path, environment=environment)) for name, path in programs.items()}
    for subject in subjects.values():
        subject.cli.init()
        subject.cli.seconds(*_UP)
    return subjects


def timed(lab: BenchLab, subjects: dict[str, Subject], *, rounds: int, report: Report) -> Previews:
    """Time previews, each once in every round.

    Args:
        lab: that they are of.
        subjects: by name; the first does nothing at all.
        rounds: how often each is timed, between a round that warms up and one that looks at processes.
        report: is called with each step.

    Raises:
        BenchError: a preview failed or found something to do.
    """
    report("previews: one round to warm up")
    for subject in subjects.values():
        subject.cli.seconds(*_PREVIEW)
    for each in range(rounds):
        report(f"previews: round {each + 1} of {rounds}")
        for subject in subjects.values():
            subject.seconds.append(subject.cli.seconds(*_PREVIEW))
    report("previews: one round to look at processes and count calls")
    taken = []
    for name, subject in subjects.items():
        with lab.journal() as journal:
            _, usage = subject.cli.observed(*_PREVIEW)
        taken.append(Previewed(name=name, seconds=subject.seconds, calls=len(journal.calls), usage=usage))
    return Previews(subjects=taken)


def table(figures: Previews, title: str, bounds: dict[str, dict[str, float]], notes: Sequence[str] = ()) -> Table:
    """Return the table of some previews, with the bounds of their ratios by their names."""
    [empty, *_] = figures.subjects
    made = Table(
        title=title,
        columns=(
            *("no-op preview of", "median", "range", "beyond empty", "ratio", "range of ratios", "bound", "API calls"),
            *("CPU of program", "of provider", "of engine", "memory of program", "of provider", "of engine"),
        ),
        notes=[
            (
                "The ratio is the median of the ratios in each round, in which all took turns. The engine's own "
                "processes are not counted as the program's or the provider's. Memory is the largest resident size "
                "in a look every 50 ms."
            ),
            *notes,
        ],
    )
    for one in figures.subjects:
        beyond = median(took - base for took, base in zip(one.seconds, empty.seconds, strict=True))
        by_round = figures.ratios(one.name)
        made.add(
            one.name,
            *spread(one.seconds),
            f"{beyond:.2f} s",
            *spread(by_round, unit=""),
            against(median(by_round), bounds.get(one.name, {})),
            str(one.calls),
            *one.usage.cpu_cells(),
            *one.usage.peak_cells(),
        )
    return made


def ratio_goal(figures: Previews, name: str, *, figure: str, aim: float, limit: float | None = None) -> Goal:
    """Return the row of the first table for the ratio of one program to the first."""
    by_round = figures.ratios(name)
    middle = median(by_round)
    bounds = f"{aim:g}" if limit is None else f"{aim:g}, limit {limit:g}"
    within = "" if limit is None else f", {against(middle, {'limit': limit})}"
    measured = f"{spread_text(by_round, unit='')}, {len(by_round)} rounds{within}"
    return Goal(figure=figure, aim=bounds, measured=measured, met=middle <= aim)


def _tables(figures: Previews) -> list[Table]:
    return [
        table(
            figures,
            "A preview that finds nothing to do",
            {_WHOLE: {"aim": _AIM, "limit": _LIMIT}},
            [
                (
                    "The second row is what Pulumi itself takes for any dynamic provider: a Python process, started"
                    " and ended."
                ),
            ],
        )
    ]


def _goals(figures: Previews) -> list[Goal]:
    figure = "no-op preview of the dev stack, drift read and report shown, by that of an empty program"
    return [ratio_goal(figures, _WHOLE, figure=figure, aim=_AIM, limit=_LIMIT)]


SECTION = Section(name="previews", figures=Previews, measure=measure, tables=_tables, goals=_goals)
