"""The engine in a process of its own, which says what it is at and can be killed there."""

import socket
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import TypeVar

import grpc

from tests.crash.work import Work
from tests.harness.engine import Engine, Providers, StepFailed
from tests.harness.served import ANSWER_SECONDS, Served
from tests.harness.state import State

_Answer = TypeVar("_Answer")


def run(work: Work, pipe: Connection) -> None:
    """Be an engine: say where it listens, hear the provider's port, do the work and say what came of it.

    Args:
        work: what to do.
        pipe: sends `Message`s, receives one port.
    """
    # Never accepted: the watch of an orphan only has to find out that nobody listens any more.
    with socket.create_server(("127.0.0.1", 0)) as listening:
        pipe.send(("listens", f"127.0.0.1:{listening.getsockname()[1]}"))
        with grpc.insecure_channel(f"127.0.0.1:{pipe.recv()}") as channel:
            pipe.send(("begins", "configure"))
            try:
                _Watched(work, Served(channel, work.config), pipe).run(work.desired or ())
            except StepFailed as failure:
                pipe.send(("failed", str(failure)))
            else:
                pipe.send(("done", ""))


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
