"""The engine in a process of its own, which says what it is at and can be killed there."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Literal, TypeVar

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import engine_pb2_grpc

from tests.harness.engine import Engine, Providers, StepFailed
from tests.harness.served import ANSWER_SECONDS, Served
from tests.harness.state import Desired, State

_Answer = TypeVar("_Answer")

Message = tuple[Literal["listens", "begins", "answered", "failed", "done"], str]


@dataclass(frozen=True, kw_only=True)
class Work:
    """One run of an engine.

    Attributes:
        desired: in the order in which the program registers them; None destroys what is there.
        state: file of the stack's state.
        config: of the stack, as the engine hands it to providers.
        lose: name of the step whose result never reaches the state, because the process that knows it is killed.
    """

    desired: tuple[Desired, ...] | None
    state: Path
    config: dict[str, str]
    lose: str | None = None


def run(work: Work, pipe: Connection) -> None:
    """Be an engine: say where it listens, hear the provider's port, do the work and say what came of it.

    Args:
        work: what to do.
        pipe: sends `Message`s, receives one port.
    """
    with _listening() as address:
        pipe.send(("listens", address))
        with grpc.insecure_channel(f"127.0.0.1:{pipe.recv()}") as channel:
            pipe.send(("begins", "configure"))
            try:
                _Watched(work, Served(channel, work.config), pipe).run(work.desired or ())
            except StepFailed as failure:
                pipe.send(("failed", str(failure)))
            else:
                pipe.send(("done", ""))


class _Log(engine_pb2_grpc.EngineServicer):
    """Takes what providers show, at once: a provider waits seconds for an engine that does not answer."""

    def Log(self, _request: Any, _context: Any) -> empty_pb2.Empty:  # noqa: N802 - its name in the engine
        return empty_pb2.Empty()


@contextmanager
def _listening() -> Iterator[str]:
    """Listen as the engine does, and say where; the watch of an orphan finds out that nobody does any more."""
    server = grpc.server(ThreadPoolExecutor(1))
    engine_pb2_grpc.add_EngineServicer_to_server(_Log(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        server.stop(None)


class _Watched(Engine):
    def __init__(self, work: Work, providers: Providers, pipe: Connection) -> None:
        super().__init__(providers, State.read(work.state))
        self._lose = work.lose
        self._pipe = pipe

    def ask(self, step: str, call: Callable[[], _Answer]) -> _Answer:
        self._pipe.send(("begins", step))
        try:
            return call()
        except StepFailed as failure:
            message = f"{step}: {failure}"
            raise StepFailed(message) from None

    def change(self, step: str, call: Callable[[], _Answer]) -> _Answer:
        """Make a call whose result, success or failure, can be lost before the engine knows it."""
        try:
            return super().change(step, call)
        finally:
            self._pipe.send(("answered", step))
            if self._lose == step:
                # Whoever plays this run kills a process now.
                time.sleep(ANSWER_SECONDS)
