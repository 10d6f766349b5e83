"""Whether a watch that ends by itself is reported."""

import asyncio
import threading
from pathlib import Path
from typing import Any

import kopf
import pytest

from lab.control_plane.access import Access
from lab.controller.watcher import Watcher

pytestmark = pytest.mark.anyio


def _watcher() -> Watcher:
    return Watcher(Access(server="https://127.0.0.1:1", ca=Path("ca.pem"), token="t"), lambda *_: None)


async def _operator_that_fails(**_: Any) -> None:
    message = "too many open files"
    raise OSError(message)


async def _operator_that_returns(**_: Any) -> None:
    pass


async def _operator_that_obeys(*, stop_flag: threading.Event, **_: Any) -> None:
    await asyncio.to_thread(stop_flag.wait)


@pytest.mark.parametrize(
    ("operator", "reason"),
    [
        pytest.param(_operator_that_fails, "OSError: too many open files", id="fails"),
        pytest.param(_operator_that_returns, "kopf returned", id="returns"),
    ],
)
async def test_a_watch_that_ends_by_itself_is_reported_with_the_reason(
    monkeypatch: pytest.MonkeyPatch, operator: Any, reason: str
) -> None:
    monkeypatch.setattr(kopf, "operator", operator)
    watcher = _watcher()
    watcher.start()
    error = await asyncio.wait_for(watcher.ended, 10)
    assert str(error) == f"the cluster is no longer watched ({reason})"
    await watcher.stop()


async def test_a_watch_that_was_stopped_is_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kopf, "operator", _operator_that_obeys)
    watcher = _watcher()
    watcher.start()
    await watcher.stop()
    await asyncio.sleep(0)
    assert not watcher.ended.done()
