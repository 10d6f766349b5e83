"""What a preview that finds nothing to do costs, beside one of a program that does nothing at all."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from tools.bench import project
from tools.bench.bench_lab import BenchLab
from tools.bench.processes import ENGINE, PROGRAM, PROVIDER, Usage
from tools.bench.pulumi_cli import Cli
from tools.bench.table import Table, against

Report = Callable[[str], None]

_PREVIEW = ("preview", "--expect-no-changes")
_WHOLE = "dev stack, drift reading on, with the report (as it is)"


@dataclass(kw_only=True)
class _Subject:
    """One program to be previewed, and what was seen of it.

    Attributes:
        cli: in its project.
        bounds: ratios to the empty program's preview, by what they are called; none where none were set.
    """

    cli: Cli
    bounds: dict[str, float] = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)
    calls: Counter[str] = field(default_factory=Counter)
    usage: Usage = field(default_factory=Usage)


def measure(lab: BenchLab, folder: Path, *, rounds: int, report: Report) -> tuple[Table, dict[str, Usage]]:
    """Time no-op previews of the dev stack and of programs that do nothing, each once in every round.

    Args:
        lab: whose listener the stack is on.
        folder: for projects and state.
        rounds: how often each is timed, between a round that warms up and one that looks at processes.
        report: is called with each step.

    Returns:
        The table, and what the processes of the whole program's preview used.

    Raises:
        BenchError: a preview failed or found something to do.
    """
    subjects = _subjects(lab, folder)
    empty, one, *copies = (subject.cli for subject in subjects.values())
    whole = subjects[_WHOLE].cli
    report("previews: deploying the dev stack")
    for cli in (empty, one):
        cli.init()
        cli.seconds("up", "--yes", "--skip-preview")
    whole.init()
    for cli in copies:
        project.configure(cli.folder, project.dev_config(lab), salted=whole.folder)
    try:
        whole.seconds("up", "--yes", "--skip-preview")
        report("previews: one round to warm up")
        for subject in subjects.values():
            subject.cli.seconds(*_PREVIEW)
        for each in range(rounds):
            report(f"previews: round {each + 1} of {rounds}")
            for subject in subjects.values():
                subject.seconds.append(subject.cli.seconds(*_PREVIEW))
        report("previews: one round to look at processes and count calls")
        for subject in subjects.values():
            with lab.counted_calls() as subject.calls:
                _, subject.usage = subject.cli.observed(*_PREVIEW)
    finally:
        report("previews: destroying the dev stack")
        whole.seconds("destroy", "--yes", "--skip-preview")
    return _table(subjects), {"no-op preview of the dev stack": subjects[_WHOLE].usage}


def _subjects(lab: BenchLab, folder: Path) -> dict[str, _Subject]:
    environment = lab.environment(folder)

    def made(path: Path, **bounds: float) -> _Subject:
        return _Subject(cli=Cli(folder=path, environment=environment), bounds=bounds)

    return {
        "an empty Python program": made(project.other(folder / "nothing")),
        "one dynamic resource that does nothing": made(project.other(folder / "one", project.ONE_RESOURCE)),
        "dev stack, drift reading off, no report": made(
            project.program(folder / "off", report=False, drift=False), limit=1.5
        ),
        "dev stack, drift reading on, no report": made(project.program(folder / "on", report=False)),
        _WHOLE: made(project.program(folder / "whole"), aim=2.0, limit=2.5),
    }


def _table(subjects: dict[str, _Subject]) -> Table:
    [empty, *_] = subjects.values()
    table = Table(
        title="A preview that finds nothing to do",
        columns=(
            *("no-op preview of", "median", "range", "beyond empty", "ratio", "bound", "API calls"),
            *("CPU of program", "of provider", "of engine"),
        ),
        notes=[
            "The ratio is the median of the ratios in each round, in which all took turns.",
            "The second row is what Pulumi itself takes for any dynamic provider: a Python process, started and ended.",
            "The program has no switch for reading less: such a preview would not show who will be rejected.",
            "The rows without report are copies of it without the functions that read (tools/bench/project.py).",
        ],
    )
    for name, subject in subjects.items():
        beyond = median(took - base for took, base in zip(subject.seconds, empty.seconds, strict=True))
        ratio = median(took / base for took, base in zip(subject.seconds, empty.seconds, strict=True))
        cpu = (f"{subject.usage.cpu_seconds[part]:.2f} s" for part in (PROGRAM, PROVIDER, ENGINE))
        table.add(
            name,
            f"{median(subject.seconds):.2f} s",
            f"{min(subject.seconds):.2f} to {max(subject.seconds):.2f} s",
            f"{beyond:.2f} s",
            f"{ratio:.2f}",
            against(ratio, subject.bounds),
            str(subject.calls.total()),
            *cpu,
        )
    return table
