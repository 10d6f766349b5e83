"""Whether everybody who asks the controller for a round gets an answer, whatever becomes of it."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from lab.cloud import Cloud
from lab.control_plane.access import Access
from lab.controller import Controller
from lab.controller import controller as module
from lab.controller.cluster import ClusterError
from lab.controller.state import ClusterState
from lab.controller.watcher import WatchEndedError

pytestmark = pytest.mark.anyio

HELD = ["the controller is held back"]
NOT_RUNNING = ["the controller does not run"]


class FakeCluster:
    """A cluster that answers when the test lets it."""

    def __init__(self, *_: object) -> None:
        """Answer at once that there is nothing."""
        self.answers = asyncio.Event()
        self.answers.set()
        self.asked = asyncio.Event()
        self.error: Exception | None = None

    async def read(self) -> ClusterState:
        """Return an empty cluster."""
        self.asked.set()
        await self.answers.wait()
        if self.error is not None:
            raise self.error
        return ClusterState()

    def close(self) -> None:
        """Do nothing."""


class FakeWatcher:
    """A watch that sees nothing."""

    def __init__(self, *_: object) -> None:
        """See nothing."""
        self.ended: asyncio.Future[WatchEndedError] = asyncio.get_running_loop().create_future()

    def start(self) -> None:
        """Do nothing."""

    async def stop(self) -> None:
        """Do nothing."""


class Bench:
    """A controller with a cluster and a watch in the hands of a test."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Put everything together; the controller does not run yet."""
        self.cluster = FakeCluster()
        self.watcher = FakeWatcher()
        monkeypatch.setattr(module, "Cluster", lambda _access: self.cluster)
        monkeypatch.setattr(module, "Watcher", lambda _access, _on_event: self.watcher)
        access = Access(server="https://127.0.0.1:1", ca=Path("ca.pem"), token="t")
        routes: Any = None
        self.controller = Controller(access=access, cloud=Cloud(), data_plane=routes)
        self.stop = asyncio.Event()
        self.task: asyncio.Task[None] | None = None

    async def run(self) -> "asyncio.Task[None]":
        """Let the controller run, and return once its first round is over."""
        self.task = asyncio.create_task(self.controller.run(self.stop))
        await self.cluster.asked.wait()
        await self.controller.settle()
        self.cluster.asked.clear()
        return self.task

    async def ask(self) -> "asyncio.Task[list[str]]":
        """Ask for a round without waiting for the answer."""
        asking = asyncio.create_task(self.controller.settle())
        await asyncio.sleep(0)
        return asking


@pytest.fixture
async def bench(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bench]:
    made = Bench(monkeypatch)
    yield made
    made.stop.set()
    if made.task is not None:
        await asyncio.gather(made.task, return_exceptions=True)


async def _answer(asking: "asyncio.Task[list[str]]") -> list[str]:
    return await asyncio.wait_for(asking, 5)


async def test_a_round_that_finds_nothing_to_do_is_settled(bench: Bench) -> None:
    await bench.run()
    assert await _answer(await bench.ask()) == []


async def test_a_controller_that_does_not_run_yet_answers_that_it_does_not(bench: Bench) -> None:
    assert await _answer(await bench.ask()) == NOT_RUNNING


async def test_a_wait_for_a_controller_that_is_held_back_reports_that(bench: Bench) -> None:
    await bench.run()
    bench.controller.hold()
    assert await _answer(await bench.ask()) == HELD
    bench.controller.release()
    assert await _answer(await bench.ask()) == []


async def test_who_called_before_it_was_held_back_is_answered_as_well(bench: Bench) -> None:
    await bench.run()
    asking = asyncio.create_task(bench.controller.settle())
    await asyncio.sleep(0)
    bench.controller.hold()
    assert await _answer(asking) == HELD


async def test_who_waits_for_a_round_during_which_it_is_held_back_hears_that(bench: Bench) -> None:
    await bench.run()
    bench.cluster.answers.clear()
    asking = await bench.ask()
    await bench.cluster.asked.wait()
    bench.controller.hold()
    bench.cluster.answers.set()
    assert await _answer(asking) == HELD


async def test_who_waits_for_a_cluster_that_cannot_be_read_hears_why(bench: Bench) -> None:
    await bench.run()
    bench.cluster.error = ClusterError("list was rejected with HTTP 500")
    assert await _answer(await bench.ask()) == ["the cluster cannot be reconciled: list was rejected with HTTP 500"]


async def test_who_waits_when_the_controller_is_stopped_or_fails_is_not_left_waiting(bench: Bench) -> None:
    running = await bench.run()
    bench.cluster.answers.clear()
    in_the_round = await bench.ask()
    await bench.cluster.asked.wait()
    for_the_next = await bench.ask()
    bench.cluster.error = LookupError("a mistake of the lab")
    bench.cluster.answers.set()
    assert [await _answer(each) for each in (in_the_round, for_the_next)] == [NOT_RUNNING, NOT_RUNNING]
    with pytest.raises(LookupError, match="a mistake of the lab"):
        await running


async def test_a_watch_that_ended_ends_the_controller(bench: Bench) -> None:
    running = await bench.run()
    bench.watcher.ended.set_result(WatchEndedError("the cluster is no longer watched"))
    with pytest.raises(WatchEndedError):
        await asyncio.wait_for(running, 5)
    assert await _answer(await bench.ask()) == NOT_RUNNING
