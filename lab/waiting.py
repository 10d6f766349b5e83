"""Waiting for the first of several things in an event loop."""

import asyncio
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Coroutine


async def first_of(*waiting: "Coroutine[Any, Any, Any] | asyncio.Future[Any]", seconds: float | None = None) -> bool:
    """Return when one of them is done: True; or after `seconds`: False.

    Coroutines are given up then; tasks and futures belong to the caller and go on.
    """
    tasks = [asyncio.ensure_future(each) for each in waiting]
    try:
        done, _ = await asyncio.wait(tasks, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task, given in zip(tasks, waiting, strict=True):
            if task is not given:
                task.cancel()
    return bool(done)
