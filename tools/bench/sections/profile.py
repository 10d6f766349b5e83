"""Where the time of a preview and of a first `up` goes: what each process imports, calls and waits for, and when."""

import time
from pathlib import Path

from pydantic import BaseModel

from tools.bench import project
from tools.bench.bench_lab import BenchLab, bench_lab
from tools.bench.picture import picture
from tools.bench.processes import PROGRAM, PROVIDER
from tools.bench.pulumi_cli import Cli
from tools.bench.samples import sampling
from tools.bench.section import Bench, Section
from tools.bench.table import Table
from tools.bench.timeline import Timeline, timeline
from tools.bench.trace import events, traced

_PREVIEW = ("preview", "--expect-no-changes")
_UP = ("up", "--yes", "--skip-preview")
_DESTROY = ("destroy", "--yes", "--skip-preview")
_ALTERNATIVE = (
    "What engine, program and provider process do in a preview that finds nothing to do and in a first up, and which "
    "APIs they call meanwhile, on a time axis"
)


class Profile(BaseModel):
    """One call each."""

    timelines: list[Timeline]


def measure(bench: Bench) -> Profile:
    """Look into one preview that finds nothing to do, and one first `up`.

    Raises:
        BenchError: a command failed.
    """
    with bench_lab(bench.report) as lab:
        cli = Cli(folder=project.program(bench.folder / "whole"), environment=lab.environment(bench.folder))
        cli.init()
        project.configure(cli.folder, project.with_clients(lab, 1, project.P256))
        bench.report("profile: one up and one preview to warm up")
        cli.seconds(*_UP)
        cli.seconds(*_PREVIEW)
        bench.report("profile: preview and first up, with all that is noted")
        preview = _taken("a preview that finds nothing to do", lab, cli, _PREVIEW, bench.folder / "preview")
        cli.seconds(*_DESTROY)
        up = _taken("a first up of one client", lab, cli, _UP, bench.folder / "up")
    return Profile(timelines=[preview, up])


def _taken(title: str, lab: BenchLab, cli: Cli, command: tuple[str, ...], folder: Path) -> Timeline:
    offset = time.time() - time.monotonic()
    with lab.journal() as journal:
        _, samples = cli.watched(command, traced(folder, imports=True), sampling)
    return timeline(title, samples, events(folder), journal.calls, changes=journal.changes, wall_offset=offset)


def _tables(figures: Profile) -> list[Table]:
    made = Table(
        title="Where the time goes",
        columns=("seconds of", *(one.title for one in figures.timelines)),
        notes=[
            (
                "Both were taken with all of it noted, which costs them a tenth of a second or two: the tables "
                "above and below have the times. What passes side by side counts for each; imports count for the "
                "innermost module, what is not named for who waits."
            ),
        ],
    )
    made.add("all", *(f"{one.seconds:.2f} s" for one in figures.timelines))
    for name in dict.fromkeys(name for one in figures.timelines for name in one.used):
        made.add(f"{name}: processor time", *(_seconds(one.used.get(name, 0.0)) for one in figures.timelines))
    for part in (PROGRAM, PROVIDER):
        groups = dict.fromkeys(group for one in figures.timelines for group in one.imports.get(part, {}))
        for group in groups:
            cells = (_seconds(one.imports.get(part, {}).get(group, 0.0)) for one in figures.timelines)
            made.add(f"{part}: import of {group}", *cells)
    for name in dict.fromkeys(name for one in figures.timelines for name in one.spent):
        made.add(name, *(_seconds(one.spent.get(name, 0.0)) for one in figures.timelines))
    return [made]


def _seconds(seconds: float) -> str:
    return f"{seconds:.2f} s" if seconds else ""


def _picture(figures: Profile) -> str:
    return picture(figures.timelines, _ALTERNATIVE)


SECTION = Section(name="profile", figures=Profile, measure=measure, tables=_tables, picture=_picture)
