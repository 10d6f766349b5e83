"""When the processes of one CLI call had a processor: the kernel's own count of it, every 20 ms."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread

from tools.bench.processes import part_of

_EVERY_SECONDS = 0.02
_PROC = Path("/proc")


@dataclass
class Samples:
    """What was found.

    Attributes:
        begun: when the looking began, on the monotonic clock.
        ended: when it ended.
        used: for each look its time, and the seconds of each part since the look before.
        commands: the command line of each process, by its id; the last one where it became another program.
    """

    begun: float
    ended: float = 0.0
    used: list[tuple[float, dict[str, float]]] = field(default_factory=list)
    commands: dict[int, list[str]] = field(default_factory=dict)
    _known: set[int] = field(default_factory=set)
    _seconds: dict[tuple[int, str], float] = field(default_factory=dict)

    def look(self) -> None:
        """Look at all processes of the family; what ends meanwhile is passed over."""
        self._find_new()
        used: dict[str, float] = {}
        for pid in list(self.commands):
            try:
                command = (_PROC / str(pid) / "cmdline").read_text("utf-8").split("\0")[:-1]
                self.commands[pid] = command or self.commands[pid]
                spent = sum(self._spent(pid))
            except OSError:
                continue
            part = part_of(self.commands[pid])
            used[part] = used.get(part, 0.0) + spent
        self.used.append((time.monotonic(), used))

    def _find_new(self) -> None:
        # Only processes that are new are read: a machine has hundreds.
        there = {int(name) for name in os.listdir(_PROC) if name.isdigit()}  # noqa: PTH208 - fifty times a second
        for pid in sorted(there - self._known):
            try:
                parent = int((_PROC / str(pid) / "stat").read_text("utf-8").rpartition(")")[2].split()[1])
            except OSError:
                continue
            if parent in self.commands:
                self.commands[pid] = []
        self._known = there

    def _spent(self, pid: int) -> Iterator[float]:
        folder = _PROC / str(pid) / "task"
        for thread in os.listdir(folder):  # noqa: PTH208 - fifty times a second
            seconds = int((folder / thread / "schedstat").read_text("utf-8").split()[0]) / 1e9
            yield seconds - self._seconds.get((pid, thread), 0.0)
            self._seconds[pid, thread] = seconds


@contextmanager
def sampling(root: int) -> Iterator[Samples]:
    """Look at a process and all below it until the block ends."""
    samples, ended = Samples(begun=time.monotonic(), commands={root: []}), Event()

    def look_on() -> None:
        samples.look()
        while not ended.wait(_EVERY_SECONDS):
            samples.look()

    thread = Thread(target=look_on)
    thread.start()
    try:
        yield samples
    finally:
        samples.ended = time.monotonic()
        ended.set()
        thread.join()
