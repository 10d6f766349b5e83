"""Timed calls of the pulumi CLI."""

import shlex
import signal
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from tools.bench.command import run
from tools.bench.errors import BenchError
from tools.bench.processes import Usage, watching
from tools.bench.project import STACK

W = TypeVar("W")

# An `up` that adds 2,000 clients takes more than two minutes on two cores; what takes far longer hangs.
_SECONDS = 900


@dataclass(frozen=True, kw_only=True)
class Cli:
    """The CLI in one project folder."""

    folder: Path
    environment: dict[str, str]

    def init(self) -> None:
        """Create the stack."""
        self.seconds("stack", "init", STACK)

    def seconds(self, *arguments: str, **more: str) -> float:
        """Run a command with further environment variables to its end and return how long it took.

        Raises:
            BenchError: it failed, or did not end.
        """
        return self.watched(arguments, more, lambda _: nullcontext())[0]

    def observed(self, *arguments: str, **more: str) -> tuple[float, Usage]:
        """Do the same and return what its processes used beside; looking at them costs a little time itself."""
        return self.watched(arguments, more, watching)

    def watched(
        self, arguments: tuple[str, ...], more: dict[str, str], watch: Callable[[int], AbstractContextManager[W]]
    ) -> tuple[float, W]:
        """Do the same with whatever looks at the process and those below it, by the id of the first."""
        stack = [] if arguments[0] == "stack" else ["--stack", STACK]
        command = ["pulumi", *arguments, *stack, "--non-interactive"]
        ended = run(
            command,
            self.folder,
            {**self.environment, **more},
            watch,
            patience_seconds=_SECONDS,
            # Language host and provider outlive a CLI that is killed.
            end_with=signal.SIGKILL,
        )
        if ended.code != 0:
            message = f"{shlex.join(command)} in {self.folder} ended with {ended.code}:\n{ended.printed}"
            raise BenchError(message)
        return ended.seconds, ended.found
