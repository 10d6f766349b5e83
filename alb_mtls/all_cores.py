"""The same work on many things, on all cores: for what OpenSSL does, since it lets go of Python's lock meanwhile."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

_Thing = TypeVar("_Thing")
_Result = TypeVar("_Result")

# To hand a thing on to a thread takes no less than to sign it, or to verify its signature.
AT_ONCE: Final = 32


def on_all_cores(
    work: Callable[[_Thing], _Result], things: Sequence[_Thing], *, at_once: int = AT_ONCE
) -> list[_Result]:
    """Return what comes of each, in their order.

    Args:
        work: on one of them; what it raises for the first of those that fail is raised here.
        things: to work on.
        at_once: how many of them a thread takes; 1 where the work on one takes far longer than to start a thread.
    """
    if len(things) <= at_once:
        return [work(one) for one in things]
    pieces = [things[at : at + at_once] for at in range(0, len(things), at_once)]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return [one for piece in pool.map(lambda piece: [work(one) for one in piece], pieces) for one in piece]
