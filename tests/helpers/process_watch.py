"""Looking at every process that a command starts, again and again while it runs."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, Thread

import psutil

_EVERY_SECONDS = 0.02


@dataclass(frozen=True, kw_only=True)
class Sighting:
    """A process as it was seen once.

    Attributes:
        name: short, for messages.
        arguments: that it was started with.
        environment: of the process.
    """

    name: str
    arguments: tuple[str, ...]
    environment: tuple[tuple[str, str], ...]


@dataclass
class Sightings:
    """What was seen of a process and all below it; a process that was replaced by another program counts anew."""

    seen: set[Sighting] = field(default_factory=set)

    def names(self) -> set[str]:
        """Return the programs that were seen, by the last argument that is no option."""
        return {each.name for each in self.seen}

    def look(self, root: int) -> None:
        """Look once; what ends meanwhile is passed over."""
        try:
            parent = psutil.Process(root)
            family = [parent, *parent.children(recursive=True)]
        except psutil.NoSuchProcess:
            return
        for process in family:
            try:
                arguments = tuple(process.cmdline())
                environment = tuple(sorted(process.environ().items()))
            except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
                continue
            self.seen.add(Sighting(name=_short(arguments), arguments=arguments, environment=environment))


def _short(arguments: tuple[str, ...]) -> str:
    return " ".join(argument.rpartition("/")[2] for argument in arguments[:4])


@contextmanager
def watching(root: int) -> Iterator[Sightings]:
    """Look at a process and all below it until the block ends."""
    sightings, ended = Sightings(), Event()

    def look_on() -> None:
        while not ended.is_set():
            sightings.look(root)
            time.sleep(_EVERY_SECONDS)

    thread = Thread(target=look_on)
    thread.start()
    try:
        yield sightings
    finally:
        ended.set()
        thread.join()
