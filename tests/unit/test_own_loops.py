"""`own_loops()` leaves no task behind: one would be reported in the middle of whatever test collects it."""

import asyncio
import gc
import logging
import threading
import warnings
from concurrent.futures import ThreadPoolExecutor

import pulumi
import pytest

from tests.helpers.program import own_loops, run_program


async def _wait(ended: list[str]) -> None:
    try:
        await asyncio.sleep(60)
    finally:
        ended.append("ended")


async def _fail() -> None:
    message = "nobody reads this"
    raise RuntimeError(message)


def _reported(caplog: pytest.LogCaptureFixture) -> list[str]:
    gc.collect()
    return [record.getMessage() for record in caplog.records if record.name == "asyncio"]


def test_a_task_that_still_waits_is_ended_with_its_loop(caplog: pytest.LogCaptureFixture) -> None:
    ended: list[str] = []
    with caplog.at_level(logging.ERROR), own_loops():
        loop = asyncio.get_event_loop()
        task = loop.create_task(_wait(ended))
        loop.run_until_complete(asyncio.sleep(0))
        assert ended == []
        del task
    assert ended == ["ended"]
    assert _reported(caplog) == []


def test_a_task_whose_error_nobody_read_is_not_reported_later(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR), own_loops():
        loop = asyncio.get_event_loop()
        task = loop.create_task(_fail())
        loop.run_until_complete(asyncio.sleep(0))
    del task, loop
    assert _reported(caplog) == []


def test_a_call_that_is_under_way_is_waited_for_and_one_that_has_not_begun_is_not_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Those that other tests have left may end meanwhile.
    before, made, let_go = set(threading.enumerate()), list[str](), threading.Event()
    shutdown = ThreadPoolExecutor.shutdown

    def shut_down(threads: ThreadPoolExecutor, *, wait: bool = True, cancel_futures: bool = False) -> None:
        shutdown(threads, wait=False, cancel_futures=cancel_futures)
        let_go.set()
        shutdown(threads, wait=wait)

    def call(name: str) -> None:
        let_go.wait(60)
        # As the SDK does in each of its threads.
        asyncio.set_event_loop(asyncio.new_event_loop())
        made.append(name)

    with own_loops():
        loop = asyncio.get_event_loop()
        calls = len([loop.run_in_executor(None, call, "under way") for _ in range(100)])
        monkeypatch.setattr(ThreadPoolExecutor, "shutdown", shut_down)
    assert 0 < len(made) < calls
    assert set(threading.enumerate()) <= before
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        gc.collect()
    assert [str(one.message) for one in found if "unclosed event loop" in str(one.message)] == []


def test_what_fails_in_a_program_is_still_raised() -> None:
    def fail(_: int) -> None:
        message = "the listener was rolled back"
        raise RuntimeError(message)

    def program() -> None:
        pulumi.export("x", pulumi.Output.from_input(1).apply(fail))

    with pytest.raises(RuntimeError, match="rolled back"):
        run_program(program)
