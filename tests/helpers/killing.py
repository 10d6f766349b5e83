"""Killing a process of a `pulumi` call while the lab holds one of its API calls still.

The call stands before it is sent on, after its effect, or after its reply was written, so what was done and what the
killed process knew of it are certain. Only processes found below the CLI that the test itself started are killed.
"""

from dataclasses import dataclass, replace
from typing import Literal, Self

import psutil

from tests.helpers.lab import LabHandle, wait_until
from tests.helpers.stack import Stack

Stage = Literal["before", "after-effect", "after-reply"]
_REACHED_SECONDS = 60
_ENDED_SECONDS = 60


@dataclass(frozen=True, kw_only=True)
class Point:
    """Where in an operation a process is killed.

    Attributes:
        service: `cas`, `alb` or `kubernetes`.
        api: as the journal names it.
        number: which call of this API since the operation began, from 1.
        stage: before the call is sent on, after its effect, or after its reply was written.
    """

    service: str
    api: str
    number: int = 1
    stage: Stage = "after-effect"

    def __str__(self) -> str:
        """Name the point in test ids and tables."""
        return f"{self.api} {self.number} {self.stage}"

    def at(self, stage: Stage) -> Self:
        """Return another stage of the same call."""
        return replace(self, stage=stage)


class HeldRun:
    """A `pulumi` call that has come to a point and stands there, with everything that runs below it."""

    def __init__(self, lab: LabHandle, stack: Stack, point: Point, *arguments: str) -> None:
        """Start the call and return when it stands; use it as a context manager, which ends what is left of it."""
        self._lab = lab
        self.point = point
        fault = {"kind": "hold", "service": point.service, "api": point.api, "first": point.number}
        lab.management.post("/faults", json={**fault, "stage": point.stage}).raise_for_status()
        # What is killed is to be dead at once.
        with stack.without_forks():
            self.cli = stack.start(*arguments, "--stack", stack.name)
            self._below: list[psutil.Process] = []
            try:
                self._wait_until_held()
                self._below = psutil.Process(self.cli.pid).children(recursive=True)
                # A shell stands between CLI and provider; killing that one would leave the provider alive.
                [self.provider] = [p for p in self._below if _is_provider(p)]
            except BaseException:
                self.end()
                raise

    def __enter__(self) -> Self:
        """Give the call to the test."""
        return self

    def __exit__(self, *_: object) -> None:
        """End it."""
        self.end()

    def kill_provider(self) -> str:
        """Kill the provider process, let the held call go, and return what the CLI, which goes on, printed."""
        self.provider.kill()
        wait_until(lambda: _is_gone(self.provider), "the provider is dead")
        self.let_go()
        text, _ = self.cli.communicate(timeout=_ENDED_SECONDS)
        assert self.cli.returncode != 0, f"killed at {self.point}, and yet the CLI succeeded:\n{text}"
        return text

    def kill_cli(self) -> None:
        """Kill the CLI; program, language host and provider stay, and the call stands still until `let_go`."""
        self.cli.kill()
        self.cli.wait(timeout=_ENDED_SECONDS)

    def let_go(self) -> None:
        """Let the held call go on."""
        self._lab.management.delete("/faults").raise_for_status()

    def wait_for_orphan(self) -> None:
        """Return when the provider that outlived its CLI has come to its end by itself."""
        what = f"the provider that outlived its CLI, killed at {self.point}, ends by itself"
        wait_until(lambda: _is_gone(self.provider), what, seconds=_ENDED_SECONDS)

    def end(self) -> None:
        """Let the call go and kill whatever of this run still lives."""
        self.let_go()
        if self.cli.poll() is None:
            self._below += psutil.Process(self.cli.pid).children(recursive=True)
            self.cli.kill()
        self.cli.wait(timeout=_ENDED_SECONDS)
        for process in [p for p in self._below if not _is_gone(p)]:
            process.kill()
        wait_until(lambda: all(map(_is_gone, self._below)), "nothing of this run is left")
        self.cli.drain()
        if self.cli.stdout is not None:
            self.cli.stdout.close()

    def _wait_until_held(self) -> None:
        def held() -> bool:
            if self.cli.poll() is not None:
                message = f"the call ended before it came to {self.point}:\n{self.cli.drain()}"
                raise AssertionError(message)
            return bool(self._lab.management.get("/holds", params={"wait": 1}).json())

        wait_until(held, f"held at {self.point}", seconds=_REACHED_SECONDS)


def _is_gone(process: psutil.Process) -> bool:
    # What a killed CLI leaves behind is reaped by init, and in some containers by nobody.
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def _is_provider(process: psutil.Process) -> bool:
    try:
        return "components.providers.server" in process.cmdline()
    except psutil.NoSuchProcess:
        return False
