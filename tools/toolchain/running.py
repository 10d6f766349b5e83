"""Runs commands beside each other, each with a line at its start and every five seconds, and ends all of them as one.

A line has the last that the command has printed, unless an earlier one has it already.

`python3 -m tools.toolchain.running TITLE COMMAND...` runs a single one for the Makefile.
"""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, NamedTuple

_SECONDS_BETWEEN_LINES = 5.0
_SECONDS_BETWEEN_LOOKS = 0.05
_BYTES_SHOWN = 2000
_LONGEST_LINE = 100
_INTERRUPTED = 130


class Task(NamedTuple):
    """A command to run.

    Attributes:
        title: Begins each of its lines.
        command: What is run.
        folder: In which it runs.
        ended: Called when it has ended well; None where nothing is left to do.
    """

    title: str
    command: Sequence[str]
    folder: Path
    ended: "Callable[[], None] | None" = None


class TaskFailedError(Exception):
    """A command failed."""

    def __init__(self, task: Task, code: int, printed: str) -> None:
        """Keep which, its exit code, and the end of what it printed."""
        super().__init__(f"{task.title}: failed with exit code {code}\n{printed}")
        self.task, self.code, self.printed = task, code, printed


def run(tasks: Sequence[Task], *, at_once: int = 1, environment: "Mapping[str, str] | None" = None) -> None:
    """Run commands in their order; what is left is ended when one fails, and on Ctrl-C.

    Args:
        tasks: to run.
        at_once: how many run beside each other.
        environment: of the commands; None is that of this process.

    Raises:
        TaskFailedError: The first that failed.
    """
    waiting, running = list(reversed(tasks)), list[_Running]()
    with contextlib.ExitStack() as cleanup:
        cleanup.callback(lambda: _end(running))
        while waiting or running:
            while waiting and len(running) < at_once:
                output = cleanup.enter_context(tempfile.TemporaryFile())
                with _uninterrupted():
                    running.append(_Running(waiting.pop(), output, environment))
            for each in [each for each in running if each.process.poll() is not None]:
                running.remove(each)
                if each.process.returncode:
                    raise TaskFailedError(each.task, each.process.returncode, _end_of(each.output))
                if each.task.ended:
                    each.task.ended()
            for each in running:
                each.show()
            if running:
                time.sleep(_SECONDS_BETWEEN_LOOKS)


class _Running:
    def __init__(self, task: Task, output: IO[bytes], environment: "Mapping[str, str] | None") -> None:
        print(f"{task.title}: started", flush=True)
        self.task, self.output = task, output
        self._started = self._shown = time.monotonic()
        self._latest = ""
        self.process = subprocess.Popen(
            task.command, cwd=task.folder, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )

    def show(self) -> None:
        now = time.monotonic()
        if now - self._shown >= _SECONDS_BETWEEN_LINES:
            self._shown = now
            seconds = int(now - self._started)
            latest = (_end_of(self.output).splitlines() or [""])[-1].strip()
            new = latest[:_LONGEST_LINE] if latest != self._latest else "(nothing new is printed)"
            self._latest = latest
            print(f"{self.task.title}: {seconds // 60}:{seconds % 60:02d} {new}", flush=True)


@contextlib.contextmanager
def _uninterrupted() -> "Iterator[None]":
    """Let a signal that comes meanwhile take effect afterwards: nobody would end a command that has just begun."""
    came = list[int]()
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    # What is ignored, or ends this process at once, is left to the command too.
    handled = {number: handler for number, handler in handlers.items() if callable(handler)}
    for number in handled:
        signal.signal(number, lambda number, _: came.append(number))
    try:
        yield
    finally:
        for number, handler in handled.items():
            signal.signal(number, handler)
    for each in came:
        signal.raise_signal(each)


def _end(running: "Sequence[_Running]") -> None:
    # Not killed: go removes its temporary files, and ends its compilers, on an interrupt only.
    for each in running:
        each.process.send_signal(signal.SIGINT)
    for each in running:
        each.process.wait()


def _end_of(output: IO[bytes]) -> str:
    # The command writes at the offset that it shares with this file: seeking here would move it.
    size = os.fstat(output.fileno()).st_size
    return os.pread(output.fileno(), _BYTES_SHOWN, max(0, size - _BYTES_SHOWN)).decode(errors="replace")


def main(title: str, *command: str) -> int:
    """Run one command, and return its exit code."""
    try:
        run([Task(title, command, Path())])
    except TaskFailedError as error:
        print(error, file=sys.stderr)
        return error.code
    except KeyboardInterrupt:
        return _INTERRUPTED
    return 0


if __name__ == "__main__":
    # What ends make ends what it runs: go must not go on alone.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.exit(main(*sys.argv[1:]))
