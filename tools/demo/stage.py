"""Running commands before an audience: each is shown as one would type it, then what it printed, then what it means."""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Container, Iterable, Sequence
from pathlib import Path

from rich.console import Console
from rich.text import Text

PROJECT = Path(__file__).resolve().parents[2]
FAILED = range(1, 256)
_SECONDS = 600
_TRIES = 3
# curl's codes for an alert, a reset, or an end before an answer (docs/facts/x509-and-tls.md, Rejections).
_CUT_OR_ALERT = (18, 35, 52, 55, 56)
# Of these, what shows that it was no reset and no fault of the listener; GnuTLS does not say which alert it was.
_ALERT = re.compile(r"^ *curl: .*(?: alert (?:.*certificate|unknown ca|handshake failure)|TLS fatal alert has been)")
# What the CLI says in the end, under headings; before these it shows how far it is.
_SECTIONS = ("Diagnostics:", "Resources:")
_RESOURCE = re.compile(r"  \S+ \(.*\):")
# Advice after a run that was killed, for clouds in general: to look there, and to refresh. Here a destroy is enough.
_PENDING = re.compile(
    r"^ *warning: Attempting to deploy [^\n]* pending operations .*?^ *Note that `pulumi refresh` [^\n]*\n",
    re.MULTILINE | re.DOTALL,
)
_PUT_IN_ORDER = "    what the interrupted pulumi had begun is put in order\n"

console = Console(highlight=False, soft_wrap=True)
# Every line that was printed, for the comparison with the documents.
printed: list[str] = []


class DemoError(Exception):
    """A command did not do what the demo says it does; the text says which, and what it printed."""


class Stage:
    """A shell's environment, and commands run in it."""

    def __init__(self, folder: Path = PROJECT) -> None:
        """Begin with the environment of this process.

        Args:
            folder: in which the commands run.
        """
        self.environment = dict(os.environ)
        self._folder = folder

    def enter_lab(self, options: Sequence[str] = ()) -> None:
        """Take over what `python -m lab env` prints, as `eval` would.

        Args:
            options: that name the lab, and whose credentials.
        """
        script = f'eval "$({shlex.join([sys.executable, "-m", "lab", "env", *options])})" && env -0'
        done = self.silently("bash", "-c", script)
        self.environment = dict(line.split("=", 1) for line in done.split("\0") if "=" in line)

    def shows(
        self,
        *command: str,
        pick: Callable[[str], Iterable[str]] = str.splitlines,
        aside: Sequence[str] = (),
        codes: Container[int] = (0,),
    ) -> str:
        """Run a command, showing it and what it prints; return its standard output.

        Args:
            command: to run.
            pick: the lines of standard output that are shown, and of standard error when it fails.
            aside: lines of standard error with one of these words are shown too when it does not fail.
            codes: exit codes that are as announced.

        Raises:
            DemoError: it ended with none of the exit codes.
        """
        show(f"  $ {_typed(command)}", style="bold cyan")
        with console.status("  running"):
            done = self._run(command, codes)
        lines = [*pick(done.stdout)]
        if done.returncode:
            lines += pick(done.stderr)
        else:
            lines += with_words(*aside)(done.stderr)
        for line in lines:
            if line.strip():
                show(f"    {line}", style="dim")
        return done.stdout

    def shows_rejection(self, *command: str) -> None:
        """Run a request of curl that an alert about the certificate is to reject; once more where the alert got lost.

        Raises:
            DemoError: it ended otherwise, or was cut without an alert each time.
        """
        for _ in range(_TRIES):
            before = len(printed)
            self.shows(*command, codes=_CUT_OR_ALERT)
            if any(_ALERT.search(line) for line in printed[before:]):
                return
            remark("the connection was cut without an alert, which can get lost; once more")
        message = (
            f"{_typed(command)} was to be rejected by an alert about the certificate, and {_TRIES} connections were "
            "cut without one; `make demo` begins again, `python -m lab logs` shows what the listener did"
        )
        raise DemoError(message)

    def silently(self, *command: str) -> str:
        """Run a command that is not part of the story.

        Raises:
            DemoError: it failed.
        """
        return self._run(command, (0,)).stdout

    def _run(self, command: Sequence[str], codes: Container[int]) -> "subprocess.CompletedProcess[str]":
        process = subprocess.Popen(
            command, cwd=self._folder, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        try:
            stdout, stderr = process.communicate(timeout=_SECONDS)
        except KeyboardInterrupt:
            # Ctrl-C reaches it too, and pulumi gives its lock back once what it has begun is done.
            console.print(f"Interrupted: waiting for {command[0]} to end; Ctrl-C again ends it at once.")
            _wait_or_kill(process)
            raise
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            message = f"{_typed(command)} did not end within {_SECONDS} s"
            raise DemoError(message) from None
        if process.returncode not in codes:
            message = f"{_typed(command)} ended with {process.returncode}:\n{stdout}{stderr}"
            raise DemoError(message)
        return subprocess.CompletedProcess(command, process.returncode, stdout, stderr)


def _wait_or_kill(process: "subprocess.Popen[str]") -> None:
    try:
        process.communicate(timeout=_SECONDS)
    except (KeyboardInterrupt, subprocess.TimeoutExpired):
        process.kill()
        process.communicate()


def report(text: str) -> list[str]:
    """Return what a run of pulumi says in the end: what was found and done, without the way to it."""
    lines, within = [], False
    for line in _PENDING.sub(_PUT_IN_ORDER, text).splitlines():
        if line and not line.startswith(" "):
            within = line in _SECTIONS
        elif within and not _RESOURCE.fullmatch(line):
            lines.append(line)
    return lines


def with_words(*words: str) -> Callable[[str], list[str]]:
    """Return what picks the lines with any of some words."""
    return lambda text: [line for line in text.splitlines() if any(word in line for word in words)]


def _typed(command: Sequence[str]) -> str:
    """Return the command as a person would type it, from the project's folder."""
    words = ["python" if word == sys.executable else word.removeprefix(f"{PROJECT}/") for word in command]
    return shlex.join(words)


def show(line: str = "", style: str = "") -> None:
    """Print a line."""
    printed.append(line)
    console.print(Text(line, style=style))


def chapter(number: int, title: str, *lines: str) -> None:
    """Begin a part of the story."""
    show()
    show(f"{number}. {title}", style="bold")
    for line in lines:
        show(f"   {line}")


def remark(line: str) -> None:
    """Say what was just seen."""
    show(f"  -> {line}", style="green")
