"""Running commands before an audience: each is shown as one would type it, then what it printed, then what it means."""

import os
import shlex
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.text import Text

PROJECT = Path(__file__).resolve().parents[2]
# Lines of the CLI that only move a progress display along.
_PROGRESS = ("@ ", "    pulumi:pulumi:Stack", " +  ", " ~  ", " -  ", "Duration:")

console = Console(highlight=False, soft_wrap=True)


class DemoError(Exception):
    """A command did not do what the demo says it does; the text says which, and what it printed."""


class Stage:
    """A shell's environment, and commands run in it."""

    def __init__(self) -> None:
        """Begin with the environment of this process."""
        self.environment = dict(os.environ)

    def enter_lab(self) -> None:
        """Take over what `python -m lab env` prints, as `eval` would."""
        script = f'eval "$({shlex.quote(sys.executable)} -m lab env)" && env -0'
        done = self._run(["bash", "-c", script], quiet=True)
        self.environment = dict(line.split("=", 1) for line in done.split("\0") if "=" in line)

    def shows(self, *command: str, only: Sequence[str] = ()) -> str:
        """Run a command, showing it and what it prints; lines not holding any of `only`, when given, are left out.

        Raises:
            DemoError: it failed.
        """
        console.print(Text(f"  $ {_typed(command)}", style="bold cyan"))
        with console.status("  running"):
            printed = self._run(command)
        self._print(printed, only)
        return printed

    def silently(self, *command: str) -> str:
        """Run a command that is not part of the story.

        Raises:
            DemoError: it failed.
        """
        return self._run(command, quiet=True)

    def is_rejected(self, *command: str) -> None:
        """Run curl, show it, and expect the handshake to be rejected.

        Raises:
            DemoError: it was accepted, or the listener could not be reached at all.
        """
        console.print(Text(f"  $ {_typed(command)}", style="bold cyan"))
        done = self._started(command)
        self._print(done.stderr or done.stdout, ())
        # curl's codes for an alert, a reset, or an end in the middle of the handshake (docs/facts/x509-and-tls.md,
        # Rejections).
        if done.returncode not in (35, 55, 56):
            message = f"{_typed(command)} should have been rejected, but ended with {done.returncode}: {done.stdout}"
            raise DemoError(message)

    def fails(self, *command: str, only: Sequence[str] = ()) -> str:
        """Run a command that has to fail, showing it and what it prints.

        Raises:
            DemoError: it succeeded.
        """
        console.print(Text(f"  $ {_typed(command)}", style="bold cyan"))
        with console.status("  running"):
            done = self._started(command)
        self._print(done.stdout + done.stderr, only)
        if done.returncode == 0:
            message = f"{_typed(command)} should have failed"
            raise DemoError(message)
        return done.stdout + done.stderr

    def _started(self, command: Sequence[str]) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            command, cwd=PROJECT, env=self.environment, capture_output=True, text=True, timeout=600, check=False
        )

    def _run(self, command: Sequence[str], *, quiet: bool = False) -> str:
        done = self._started(command)
        if done.returncode != 0:
            shown = "a step behind the scenes" if quiet else _typed(command)
            message = f"{shown} ended with {done.returncode}:\n{done.stdout}{done.stderr}"
            raise DemoError(message)
        return done.stdout

    @staticmethod
    def _print(printed: str, only: Sequence[str]) -> None:
        for line in printed.splitlines():
            if not line.strip() or line.startswith(_PROGRESS) or (only and not any(word in line for word in only)):
                continue
            console.print(Text(f"    {line}", style="dim"))


def _typed(command: Sequence[str]) -> str:
    """Return the command as a person would type it, from the project's folder."""
    words = ["python" if word == sys.executable else word.removeprefix(f"{PROJECT}/") for word in command]
    return shlex.join(words)


def chapter(number: int, title: str, *lines: str) -> None:
    """Begin a part of the story."""
    console.print()
    console.print(Text(f"{number}. {title}", style="bold"))
    for line in lines:
        console.print(f"   {line}")


def remark(line: str) -> None:
    """Say what was just seen."""
    console.print(Text(f"  -> {line}", style="green"))
