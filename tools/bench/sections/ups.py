"""What a first `up`, a switch on and a destroy cost beyond what the lab's controller and Pulumi itself take."""

from collections.abc import Sequence
from pathlib import Path
from statistics import median

from pydantic import BaseModel

from tools.bench import project
from tools.bench.bench_lab import BenchLab, bench_lab
from tools.bench.pulumi_cli import Cli
from tools.bench.section import Bench, Goal, Section
from tools.bench.sections.previews import EMPTY, IDLE, nothing
from tools.bench.table import Table, spread, spread_text
from tools.bench.trace import CALLS, CONNECTIONS, PROOF, events, seconds_of, traced

_UP = ("up", "--yes", "--skip-preview")
_DESTROY = ("destroy", "--yes", "--skip-preview")
_FIRST, _OFF, _ON, _END = "first `up`", "`up` with `enabled: false`", "`up` with `enabled: true` again", "destroy"
_FIRST_AIM, _ON_AIM, _END_AIM = 2.0, 1.0, 2.0
_NAMED = (CONNECTIONS, PROOF)


class Stage(BaseModel):
    """One operation, in each round.

    Attributes:
        seconds: that it took.
        controller: of these, what the lab's API server, controller, ALB and data plane took to follow.
        connections: of these, the paced stretch of the proof.
        proof: of these, all of the proof, the stretch with it.
    """

    seconds: list[float] = []
    controller: list[float] = []
    connections: list[float] = []
    proof: list[float] = []

    @property
    def rounds(self) -> list[float]:
        """Return what the proof took beside the stretch: rounds of connections, at the same pace."""
        return [whole - paced for whole, paced in zip(self.proof, self.connections, strict=True)]

    def rest(self, *taken: list[float]) -> list[float]:
        """Return what is left beyond the controller, the paced stretch, and what else is given by round."""
        others = zip(self.controller, self.connections, *taken, strict=True)
        return [seconds - sum(each) for seconds, each in zip(self.seconds, others, strict=True)]


class Ups(BaseModel):
    """All operations by name, and an `up` and a destroy of programs that do nothing, in the same rounds.

    Attributes:
        listed_after: seconds after which the lab's CAS lists a new repository, which a first `up` may have to await.
    """

    stages: dict[str, Stage]
    idle: dict[str, Stage]
    listed_after: float


def measure(bench: Bench) -> Ups:
    """Time the life of a stack with one client.

    Raises:
        BenchError: a command failed.
    """
    stages = {name: Stage() for name in (_FIRST, _OFF, _ON, _END)}
    idle = {f"{what} of {name}": Stage() for name in (EMPTY, IDLE) for what in ("first `up`", "destroy")}
    with bench_lab(bench.report) as lab:
        empties = nothing(lab, bench.folder)
        cli = Cli(folder=project.program(bench.folder / "whole"), environment=lab.environment(bench.folder))
        cli.init()
        config = project.with_clients(lab, 1, project.P256)
        for each in range(bench.size.ups):
            bench.report(f"ups: round {each + 1} of {bench.size.ups}")
            for name, subject in empties.items():
                subject.cli.seconds(*_DESTROY)
                _time(lab, subject.cli, _UP, idle[f"first `up` of {name}"])
                _time(lab, subject.cli, _DESTROY, idle[f"destroy of {name}"])
            for name in (_FIRST, _OFF, _ON, _END):
                project.configure(cli.folder, {**config, "alb-mtls:enabled": name != _OFF})
                traces = bench.folder / f"trace-{each}-{len(name)}"
                _time(lab, cli, _DESTROY if name == _END else _UP, stages[name], traces)
        timings = lab.management.get("/timings").raise_for_status().json()
    return Ups(stages=stages, idle=idle, listed_after=timings["repository_listed_after_seconds"])


def _time(lab: BenchLab, cli: Cli, command: tuple[str, ...], stage: Stage, traces: Path | None = None) -> None:
    needed = [where for where, name in CALLS.items() if name in _NAMED]
    more = {} if traces is None else traced(traces, needed)
    with lab.journal() as journal:
        stage.seconds.append(cli.seconds(*command, **more))
    found = [] if traces is None else events(traces)
    stage.controller.append(journal.controller_seconds)
    stage.connections.append(seconds_of(found, CONNECTIONS))
    stage.proof.append(seconds_of(found, PROOF))


def _pulumi(figures: Ups, operation: str = "first `up`") -> list[float]:
    return figures.idle[f"{operation} of {IDLE}"].seconds


def _tables(figures: Ups) -> list[Table]:
    made = Table(
        title="An up and a destroy of a stack with one client",
        columns=(
            *("", "median", "range", "of it the lab's controller", "paced connections", "beyond both", "range"),
            *("beyond Pulumi's own too", "rest of the proof"),
        ),
        notes=[
            (
                "The stack has one client, a P-256 root CA (an RSA 4096 one takes a tenth of a second or three, by "
                "chance) and the proof as it is by default."
            ),
            (
                "The lab's controller: from each patch of the AlbConfig until the listener was served as it says, "
                "as the lab has noted it. Paced connections: the stretch of the proof that opens "
                "`proof.connections` connections, at most 100 a second, whatever the program does meanwhile."
            ),
            (
                f"Pulumi's own: the same operation of {IDLE}, in the same round. The lab's CAS lists a new "
                f"repository {figures.listed_after:g} s late; what the first `up` waits for that is in the rest."
            ),
        ],
    )
    for name, stage in figures.stages.items():
        pulumi = _pulumi(figures, "destroy" if name == _END else "first `up`")
        made.add(
            name,
            *spread(stage.seconds),
            f"{median(stage.controller):.2f} s",
            f"{median(stage.connections):.2f} s",
            *spread(stage.rest()),
            spread_text(stage.rest(pulumi)),
            f"{median(stage.rounds):.2f} s",
        )
    for name, stage in figures.idle.items():
        made.add(name, *spread(stage.seconds), "", "", "", "", "", "")
    return [made]


def _goals(figures: Ups) -> list[Goal]:
    pulumi = _pulumi(figures)
    return [
        _goal(
            figures.stages[_FIRST],
            figure="first `up` of one client, beyond the lab's controller and Pulumi's own start",
            aim=_FIRST_AIM,
            taken=[pulumi],
        ),
        _goal(
            figures.stages[_ON],
            figure="`enabled: true` to proven, beyond the lab's controller",
            aim=_ON_AIM,
            beside=pulumi,
        ),
        _goal(
            figures.stages[_END],
            figure="destroy of the stack, beyond the lab's controller",
            aim=_END_AIM,
            beside=_pulumi(figures, "destroy"),
        ),
    ]


def _goal(
    stage: Stage, *, figure: str, aim: float, taken: Sequence[list[float]] = (), beside: list[float] | None = None
) -> Goal:
    """Judge a stage by what is left beyond `taken`; what is left beyond `beside` and the rounds is said, not judged."""
    more = list(taken) if beside is None else [*taken, beside]
    also = "" if beside is None else "Pulumi's own start and "
    beyond, left = stage.rest(*taken), stage.rest(*more, stage.rounds)
    return Goal(
        figure=figure,
        aim=f"{aim:g} s, and the paced connections",
        measured=(
            f"{spread_text(beyond)}, and {median(stage.connections):.2f} s of paced connections; "
            f"{spread_text(left)} beyond {also}the proof's other connections too, at the same pace; "
            f"{median(stage.seconds):.2f} s in all"
        ),
        met=median(beyond) <= aim,
    )


SECTION = Section(name="ups", figures=Ups, measure=measure, tables=_tables, goals=_goals)
