"""Runs a long command and tells all the while how long it has been at it."""

import shutil
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.toolchain.errors import ToolchainError

_TERMINAL_TICK_SECONDS = 1.0
_LOG_TICK_SECONDS = 15.0
_LINES_KEPT = 25
_SECONDS_TO_END = 10


@dataclass(frozen=True, kw_only=True)
class Task:
    """What is run and how to speak of it.

    Attributes:
        title: What a progress line begins with.
        arguments: The command.
        folder: Where it runs.
        environment: Its whole environment.
        usual: How long it usually takes, in words.
        counted: What one of the lines it prints stands for, in the plural.
        counts: Tells whether a line is one of those.
        remedy: What to do should it fail.
    """

    title: str
    arguments: Sequence[str]
    folder: Path
    environment: Mapping[str, str]
    usual: str
    counted: str
    counts: Callable[[str], bool]
    remedy: str


class _Watch:
    """What a running command has printed so far."""

    def __init__(self, task: Task) -> None:
        self.count = 0
        self.other_lines: deque[str] = deque(maxlen=_LINES_KEPT)
        self._task = task

    def read(self, stream: Iterable[str]) -> None:
        for line in stream:
            if self._task.counts(line):
                self.count += 1
            else:
                self.other_lines.append(line.rstrip())


def clock(seconds: float) -> str:
    """Return a duration as minutes and seconds, `3:07`."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


def run(task: Task) -> None:
    """Run a command to its end, with a line every second on a terminal and every 15 seconds elsewhere.

    Args:
        task: The command. Its output is kept back and shown only when it fails.

    Raises:
        ToolchainError: It could not be started or failed; its last lines of output are in the message.
    """
    started = time.monotonic()
    watch = _Watch(task)
    try:
        process = subprocess.Popen(
            task.arguments,
            cwd=task.folder,
            env=dict(task.environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
    except OSError as error:
        message = f"{task.title}: {task.arguments[0]} could not be started ({error.strerror}). {task.remedy}"
        raise ToolchainError(message) from error
    reader = threading.Thread(target=watch.read, args=(process.stdout or (),), daemon=True)
    reader.start()
    try:
        code = _wait(process, task, watch, started)
    finally:
        _end(process)
        # Ends with the output, unless a child that outlived the command still holds it open.
        reader.join(_SECONDS_TO_END)
        if process.stdout is not None and not reader.is_alive():
            process.stdout.close()
    if code:
        said = "\n".join(f"    {line}" for line in watch.other_lines)
        message = f"{task.title}: {task.arguments[0]} ended with exit code {code}. {task.remedy}\n{said}"
        raise ToolchainError(message)
    _say(f"{task.title}: done in {clock(time.monotonic() - started)}", final=True)


def _wait(process: "subprocess.Popen[str]", task: Task, watch: _Watch, started: float) -> int:
    _say(f"{task.title}: started; usually takes {task.usual}", final=not sys.stdout.isatty())
    while True:
        try:
            return process.wait(_TERMINAL_TICK_SECONDS if sys.stdout.isatty() else _LOG_TICK_SECONDS)
        except subprocess.TimeoutExpired:
            elapsed = clock(time.monotonic() - started)
            _say(
                f"{task.title}: {elapsed} of usually {task.usual}, {watch.count} {task.counted}",
                final=not sys.stdout.isatty(),
            )


def _end(process: "subprocess.Popen[str]") -> None:
    if process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(_SECONDS_TO_END)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _say(line: str, *, final: bool) -> None:
    if not sys.stdout.isatty():
        print(line, flush=True)
        return
    width = shutil.get_terminal_size().columns
    # A line that wraps could not be overwritten by the next one.
    print(f"\r\x1b[K{line[: max(width - 1, 20)]}", end="\n" if final else "", flush=True)
