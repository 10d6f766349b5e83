"""A command that is timed, and ended with all that it has started where the bench ends or loses patience."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from tools.bench.errors import BenchError

W = TypeVar("W")


@dataclass(frozen=True, kw_only=True)
class Ended(Generic[W]):
    """A command that came to its end.

    Attributes:
        printed: on standard output and standard error.
        found: by what has looked at it.
    """

    code: int
    seconds: float
    printed: str
    found: W


def run(
    command: Sequence[str],
    folder: Path,
    environment: Mapping[str, str],
    watch: Callable[[int], AbstractContextManager[W]],
    *,
    patience_seconds: float,
    end_with: signal.Signals,
) -> Ended[W]:
    """Run a command.

    Args:
        command: with its arguments.
        folder: where it runs.
        environment: all of it.
        watch: looks at the process and those below it, by the id of the first.
        patience_seconds: how long it may take.
        end_with: is sent to all of them where it takes longer, or the bench is ended.

    Raises:
        BenchError: it did not end in time.
    """
    started = time.monotonic()
    with subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        process_group=0,
    ) as process:
        try:
            with watch(process.pid) as found:
                printed, _ = process.communicate(timeout=patience_seconds)
        except BaseException as error:
            os.killpg(process.pid, end_with)
            if isinstance(error, subprocess.TimeoutExpired):
                raise BenchError(str(error)) from error
            raise
    return Ended(code=process.returncode, seconds=time.monotonic() - started, printed=printed, found=found)
