"""Timed calls of the pulumi CLI."""

import os
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from tools.bench.errors import BenchError
from tools.bench.processes import Usage, watching
from tools.bench.project import STACK

# An `up` of 400 clients takes about two minutes on two cores; what takes far longer hangs.
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
        started = time.monotonic()
        self._finish(self._start(arguments, more))
        return time.monotonic() - started

    def observed(self, *arguments: str, **more: str) -> tuple[float, Usage]:
        """Do the same and return what its processes used beside; looking at them costs a little time itself.

        Raises:
            BenchError: it failed, or did not end.
        """
        started = time.monotonic()
        process = self._start(arguments, more)
        with watching(process.pid) as usage:
            self._finish(process)
        return time.monotonic() - started, usage

    def _start(self, arguments: tuple[str, ...], more: dict[str, str]) -> "subprocess.Popen[str]":
        stack = [] if arguments[0] == "stack" else ["--stack", STACK]
        return subprocess.Popen(
            ["pulumi", *arguments, *stack, "--non-interactive"],
            cwd=self.folder,
            env={**self.environment, **more},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            # Language host and provider outlive a CLI that is killed.
            process_group=0,
        )

    def _finish(self, process: "subprocess.Popen[str]") -> None:
        try:
            printed, _ = process.communicate(timeout=_SECONDS)
        except BaseException as error:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            if not isinstance(error, subprocess.TimeoutExpired):
                raise
            message = f"{_command(process)} in {self.folder} did not end within {_SECONDS} s"
            raise BenchError(message) from None
        if process.returncode != 0:
            message = f"{_command(process)} in {self.folder} ended with {process.returncode}:\n{printed}"
            raise BenchError(message)


def _command(process: "subprocess.Popen[str]") -> str:
    return " ".join(str(word) for word in process.args) if isinstance(process.args, list) else str(process.args)
