"""An engine and its provider process, started together, watched, and killed one without the other."""

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path
from typing import Any, Self

from tests.crash import engine, provider_server
from tests.crash.engine import Message, Work

_STARTED_SECONDS = 60
_ENDED_SECONDS = 40


@dataclass(kw_only=True)
class Play:
    """A run of an engine with its provider.

    Attributes:
        step: what the engine is at.
        failure: why it failed; None as long as it did not.
        done: it did everything.
        changes: the steps that were to change something and have been answered, in order.
    """

    engine: ForkServerProcess
    provider: ForkServerProcess
    pipe: Connection
    step: str = ""
    answered: str = ""
    failure: str | None = None
    done: bool = False
    changes: list[str] = field(default_factory=list)
    _over: bool = field(default=False, init=False)

    @classmethod
    @contextlib.contextmanager
    def of(cls, work: Work, forking: ForkServerContext, environment: dict[str, str], log: Path) -> Iterator[Self]:
        """Start both; whatever of them is left at the end is killed."""
        pipe, theirs = forking.Pipe()
        ports, answers = forking.Pipe(duplex=False)
        started = [forking.Process(target=engine.run, args=(work, theirs), daemon=True)]
        try:
            started[0].start()
            theirs.close()
            _, address = _heard(pipe, "the engine")
            started.append(
                forking.Process(target=provider_server.serve, args=(address, environment, log, answers), daemon=True)
            )
            started[1].start()
            answers.close()
            pipe.send(_heard(ports, "the provider"))
            yield cls(engine=started[0], provider=started[1], pipe=pipe)
        finally:
            for process in started:
                process.kill()
                process.join(_ENDED_SECONDS)
                process.close()
            pipe.close()
            ports.close()

    def hear(self, seconds: float) -> None:
        """Take note of what the engine has reported, waiting so long for the first word."""
        while not self._over and self.pipe.poll(seconds):
            seconds = 0.0
            try:
                self._note(self.pipe.recv())
            except (EOFError, OSError):
                self._over = True

    @property
    def over(self) -> bool:
        """Whether the engine has come to an end."""
        return self._over or self.done or self.failure is not None

    def finish(self, seconds: float) -> None:
        """Wait until the engine has come to an end.

        Raises:
            TimeoutError: it did not.
        """
        end = time.monotonic() + seconds
        while not self.over:
            if time.monotonic() > end:
                message = f"the run did not come to an end within {seconds:g} s; it was at: {self.step}"
                raise TimeoutError(message)
            self.hear(1.0)

    def kill_engine(self) -> None:
        """Kill the engine; its provider goes on."""
        self.engine.kill()
        self.engine.join(_ENDED_SECONDS)
        self._over = True

    def kill_provider(self) -> None:
        """Kill the provider; the engine hears of it."""
        self.provider.kill()
        self.provider.join(_ENDED_SECONDS)

    def provider_ends(self) -> bool:
        """Say whether the provider comes to its end by itself, in time."""
        return bool(wait([self.provider.sentinel], timeout=_ENDED_SECONDS))

    def _note(self, message: Message) -> None:
        match message:
            case ("begins", step):
                self.step = step
            case ("answered", step):
                self.answered = step
                self.changes.append(step)
            case ("failed", reason):
                self.failure = reason
            case ("done", _):
                self.done = True


def _heard(pipe: Connection, who: str) -> Any:
    if not pipe.poll(_STARTED_SECONDS):
        message = f"{who} did not start within {_STARTED_SECONDS} s"
        raise RuntimeError(message)
    return pipe.recv()
