"""Runs a long command and shows all the while how long it has been at it."""

import contextlib
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from tools.toolchain.programs import ToolchainError

_SECONDS_BETWEEN_LINES = 5.0
_SECONDS_TO_END = 10
_BYTES_SHOWN = 2000
_KILLED = "signal: killed"
# What the largest builds take: docs/facts/toolchain.md, Build times.
_CAUSES = {
    _KILLED: "The system ended it, most likely for want of memory: free 2 GB, or run `GOMAXPROCS=1 make setup`.",
    "no space left on device": "The disk is full: free some space (`go clean -cache` helps), then run `make setup`.",
}


def run(
    title: str, command: Sequence[str], *, folder: Path, remedy: str, environment: "Mapping[str, str] | None" = None
) -> None:
    """Run a command to its end, with a line at its start and every 5 seconds.

    Args:
        title: What each line begins with.
        command: The command; its output is kept back.
        folder: Where it runs.
        remedy: What to do when it fails for a reason that nobody foresaw; the end of its output follows.
        environment: Its whole environment; None means this process's own.

    Raises:
        ToolchainError: It cannot be started or failed.
    """
    with tempfile.TemporaryFile() as output:
        try:
            process = subprocess.Popen(
                command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
            )
        except OSError as error:
            message = f"{title}: {command[0]} cannot be started ({error.strerror}). {remedy}"
            raise ToolchainError(message) from error
        try:
            code = _wait(process, title, output)
        finally:
            if process.poll() is None:
                # Not SIGTERM: go removes its temporary files, and ends its compilers, on an interrupt only.
                process.send_signal(signal.SIGINT)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(_SECONDS_TO_END)
                process.kill()
        printed = _end_of(output)
    if code:
        signs = (_KILLED if code == -signal.SIGKILL else printed).lower()
        cause = next((sentence for sign, sentence in _CAUSES.items() if sign in signs), f"{remedy}\n{printed}")
        message = f"{title}: failed with exit code {code}. {cause}"
        raise ToolchainError(message)


def _wait(process: "subprocess.Popen[bytes]", title: str, output: IO[bytes]) -> int:
    started = time.monotonic()
    print(f"{title}: started", flush=True)
    while True:
        try:
            return process.wait(_SECONDS_BETWEEN_LINES)
        except subprocess.TimeoutExpired:
            seconds = int(time.monotonic() - started)
            latest = (_end_of(output).splitlines() or [""])[-1].strip()
            print(f"{title}: {seconds // 60}:{seconds % 60:02d} {latest}", flush=True)


def _end_of(output: IO[bytes]) -> str:
    # The command writes at the offset that it shares with this file: seeking here would move it.
    size = os.fstat(output.fileno()).st_size
    return os.pread(output.fileno(), _BYTES_SHOWN, max(0, size - _BYTES_SHOWN)).decode(errors="replace")
