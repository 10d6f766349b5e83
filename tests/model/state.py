"""One state of everything: the world, what is done with each stack, and the processes that outlived their CLI."""

from dataclasses import dataclass

from tests.model.registrations import Command, StateFile
from tests.model.replay import Step
from tests.model.values import hashed_once
from tests.model.world import Call, Reply, World


@hashed_once
@dataclass(frozen=True, kw_only=True)
class Process:
    """A provider process: a step of the engine and the replies to its calls so far."""

    stack: int
    step: Step
    replies: tuple[Reply, ...] = ()


@hashed_once
@dataclass(frozen=True, kw_only=True)
class Run:
    """A command under way.

    Attributes:
        found: the AlbConfig as it was before the command's first write to it.
        disturbed: something was lost, late or edited by hand while it ran.
    """

    command: Command
    process: Process
    found: str | None = None
    disturbed: bool = False


@hashed_once
@dataclass(frozen=True, kw_only=True)
class Began:
    """A command that has no step yet, and perhaps none to do."""

    command: Command
    found: str | None = None
    disturbed: bool = False


@hashed_once
@dataclass(frozen=True, kw_only=True)
class Ended:
    """How the last command of a stack ended.

    Attributes:
        sentence: of its failure; empty when it succeeded, None when it was killed.
    """

    command: Command
    sentence: str | None
    found: str | None
    disturbed: bool


@hashed_once
@dataclass(frozen=True, kw_only=True)
class Deployment:
    """A stack's state file and what is done with it.

    Attributes:
        commands: how many may still be started.
        files: chain of the client that the last `up` gave which ended well; empty when there was none.
        rejects: a command abandoned a generation, and no `up` has ended well since: clients may be rejected.
    """

    saved: StateFile = ()
    run: Run | None = None
    ended: Ended | None = None
    commands: int
    files: str = ""
    rejects: bool = False


@hashed_once
@dataclass(frozen=True, kw_only=True)
class State:
    """One state of everything.

    Attributes:
        orphans: providers that outlived their CLI.
        mishaps: how many things may still go wrong.
    """

    world: World
    deployments: tuple[Deployment, ...]
    orphans: tuple[Process, ...] = ()
    mishaps: int


@hashed_once
@dataclass(frozen=True, kw_only=True)
class Event:
    """What led from one state to the next.

    Attributes:
        text: for people.
        call: that a process made with effect, if that was it.
        process: that made it.
    """

    text: str
    call: Call | None = None
    process: Process | None = None
