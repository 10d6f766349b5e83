"""What the processes of one CLI call use: processor time and memory, by the part they play."""

import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, Thread

import psutil
from pydantic import BaseModel

_EVERY_SECONDS = 0.05

# Ours, and Pulumi's own where a project does not name ours.
_SERVERS = ("components.providers.server", "pulumi.dynamic")
ENGINE, PROGRAM, PROVIDER, OTHERS = "engine", "program", "provider", "others"
PARTS = (PROGRAM, PROVIDER, ENGINE)
_MEGABYTE = 1e6


class Usage(BaseModel):
    """What was found.

    Attributes:
        cpu_seconds: user and system time of each part; short of at most one look before its end.
        peak_bytes: the most resident memory that any process of a part was found with.
    """

    cpu_seconds: dict[str, float] = {}
    peak_bytes: dict[str, int] = {}

    def cpu_cells(self) -> Iterator[str]:
        """Return the processor time of program, provider and engine."""
        return (f"{self.cpu_seconds.get(part, 0.0):.2f} s" for part in PARTS)

    def peak_cells(self) -> Iterator[str]:
        """Return the same of memory."""
        return (f"{self.peak_bytes.get(part, 0) / _MEGABYTE:.0f} MB" for part in PARTS)


@dataclass
class _Watch:
    _peaks: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    _of_process: dict[tuple[int, float], tuple[str, float]] = field(default_factory=dict)

    def look(self, root: int) -> None:
        """Look at a process and all below it; what ends meanwhile is passed over."""
        try:
            parent = psutil.Process(root)
            family = [parent, *parent.children(recursive=True)]
        except psutil.NoSuchProcess:
            return
        for process in family:
            try:
                with process.oneshot():
                    part = part_of(process.cmdline())
                    times = process.cpu_times()
                    memory = process.memory_info().rss
            except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
                continue
            self._of_process[process.pid, process.create_time()] = (part, times.user + times.system)
            self._peaks[part] = max(self._peaks[part], memory)

    def finish(self, usage: Usage) -> None:
        """Add up the processes."""
        cpu_seconds: dict[str, float] = defaultdict(float)
        for part, seconds in self._of_process.values():
            cpu_seconds[part] += seconds
        usage.cpu_seconds, usage.peak_bytes = dict(cpu_seconds), dict(self._peaks)


def part_of(arguments: list[str]) -> str:
    """Return which part a process plays, by its command line."""
    if not arguments:
        return OTHERS
    joined = " ".join(arguments)
    if any(server in joined for server in _SERVERS) and "python" in arguments[0]:
        return PROVIDER
    if "pulumi-language-python-exec" in joined:
        return PROGRAM
    return ENGINE if arguments[0].rpartition("/")[2] == "pulumi" else OTHERS


@contextmanager
def watching(root: int) -> Iterator[Usage]:
    """Look at a process and all below it until the block ends; what was found is there then."""
    usage, watch, ended = Usage(), _Watch(), Event()

    def look_on() -> None:
        while not ended.is_set():
            watch.look(root)
            time.sleep(_EVERY_SECONDS)

    thread = Thread(target=look_on)
    thread.start()
    try:
        yield usage
    finally:
        ended.set()
        thread.join()
        watch.finish(usage)
