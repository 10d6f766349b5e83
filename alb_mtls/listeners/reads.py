"""Reads of cluster and cloud, side by side, each of them once."""

from collections.abc import Callable, Hashable
from concurrent.futures import Future
from contextvars import copy_context
from threading import Lock, Semaphore, Thread
from time import time
from typing import Any, Final, TypeVar

_Answer = TypeVar("_Answer")
# More would open more connections than they save time.
_SIDE_BY_SIDE: Final = 2


class Reads:
    """Remembers what was answered, or that it failed; threads may share one. A read must not wait for another one."""

    def __init__(self) -> None:
        """Begin without any."""
        self.began = time()
        self._lock = Lock()
        self._begun: dict[Hashable, Future[Any]] = {}
        self._slots = Semaphore(_SIDE_BY_SIDE)

    def begin(self, key: Hashable, read: Callable[[], object]) -> None:
        """Begin a read, unless it was begun, whose answer somebody will want soon."""
        future, is_new = self._future(key)
        if not is_new:
            return
        context = copy_context()

        def run() -> None:
            with self._slots:
                context.run(_answer, future, read)

        # Not of an executor, whose threads the interpreter waits for at its end.
        Thread(target=run, daemon=True).start()

    def get(self, key: Hashable, read: Callable[[], _Answer]) -> _Answer:
        """Return what a read answers, and make it if it was not begun.

        Raises:
            Exception: what the read raised.
        """
        future, is_new = self._future(key)
        if is_new:
            _answer(future, read)
        answer: _Answer = future.result()
        return answer

    def _future(self, key: Hashable) -> tuple[Future[Any], bool]:
        with self._lock:
            is_new = key not in self._begun
            return self._begun.setdefault(key, Future()), is_new


def _answer(future: Future[Any], read: Callable[[], object]) -> None:
    try:
        future.set_result(read())
    except BaseException as error:  # noqa: BLE001 - whoever wants the answer gets it
        future.set_exception(error)
