"""Looking at every process that a command starts, again and again while it runs."""

from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from typing import Self

import psutil

# Processes live for seconds, and their arguments and environment do not change: seldom is enough for every run.
_GENTLE_SECONDS = 0.2
OFTEN_SECONDS = 0.02


@dataclass(frozen=True, kw_only=True)
class Sighting:
    """A process as it was seen once."""

    name: str
    arguments: tuple[str, ...]
    environment: tuple[tuple[str, str], ...]


class Watch:
    """Looks at a process and all below it until it is stopped, or there is nothing more to look at.

    Attributes:
        seen: complete after the end; a process that was replaced by another program counts again.
    """

    def __init__(self, root: int, *, every: float = _GENTLE_SECONDS, beside: Collection[int] = ()) -> None:
        """Look once before anything else happens, then again and again, each time after so many seconds.

        Args:
            root: the process.
            every: how many seconds lie between two looks.
            beside: processes that are looked at with all below them, as long as there is the first.
        """
        self.seen: set[Sighting] = set()
        self._ended, self._every, self._beside = Event(), every, beside
        try:
            self._root: psutil.Process | None = psutil.Process(root)
            self._look(self._root)
        except psutil.NoSuchProcess:
            self._root = None
        self._thread = Thread(target=self._look_on, daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        """Go on looking until the block ends."""
        return self

    def __exit__(self, *_: object) -> None:
        """Stop looking."""
        self.end()

    def end(self) -> set[Sighting]:
        """Stop looking and return what was seen."""
        self._ended.set()
        self._thread.join()
        return self.seen

    def names(self) -> set[str]:
        """Return the programs that were seen, by their first arguments."""
        return {each.name for each in self.seen}

    def _look_on(self) -> None:
        while self._root is not None and not self._ended.wait(self._every):
            if not self._look(self._root):
                return

    def _look(self, root: psutil.Process) -> bool:
        """Look once and say whether the root is still there; what ends meanwhile is passed over."""
        if not root.is_running():
            return False
        for pid in _family(root.pid, *self._beside):
            try:
                process = psutil.Process(pid)
                arguments = tuple(process.cmdline())
                environment = tuple(sorted(process.environ().items()))
            except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
                continue
            name = " ".join(argument.rpartition("/")[2] for argument in arguments[:4])
            self.seen.add(Sighting(name=name, arguments=arguments, environment=environment))
        return True


def _family(*roots: int) -> Iterator[int]:
    """Return processes and all below them, as the kernel tells it.

    psutil reads every process of the machine for that: with 150 of them, a look takes 3 ms instead of 0.7.
    """
    waiting = list(roots)
    while waiting:
        pid = waiting.pop()
        yield pid
        # Process and thread may have ended meanwhile.
        with suppress(OSError):
            for thread in Path(f"/proc/{pid}/task").iterdir():
                with suppress(OSError):
                    waiting += map(int, (thread / "children").read_text("ascii").split())
