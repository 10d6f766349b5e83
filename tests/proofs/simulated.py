"""The real state machine of a stretch, fed by simulated machines: no socket, and time passes at once."""

import random
from collections.abc import Callable
from dataclasses import dataclass

from alb_mtls.handshake.stretch import CONNECTIONS, Answer, Outcome, Stretch

RATE = 100
"""Connections a second, as of `alb_mtls.handshake.pace`."""

Share = Callable[[float], float]


@dataclass(frozen=True, kw_only=True)
class Run:
    """How one proof of one address ended.

    Attributes:
        is_proven: whether it was.
        seconds: until it ended.
    """

    is_proven: bool
    seconds: float


def always(share: float) -> Share:
    """Let a share of the machines never follow."""
    return lambda _seconds: share


def following(machines: int, seconds: float) -> Share:
    """Let machines follow one after the other, the last one after some seconds."""
    return lambda now: max(0, machines - int(machines * now / seconds)) / machines


def run(share: Share, *, deadline: float, loss: float, source: random.Random) -> Run:
    """Ask until the stretch ends.

    Args:
        share: of the machines that answer wrongly, by the time in seconds.
        deadline: in seconds.
        loss: share of the connections that get no answer.
        source: of chance.
    """
    stretch, now = Stretch(CONNECTIONS, controlled=True), 0.0
    while (step := stretch.next()) is not None:
        now += 1 / RATE
        if step.is_control:
            # It is asked three times before it counts as failed.
            answer = Answer.NONE if source.random() < loss**3 else Answer.RIGHT
        elif source.random() < loss:
            answer = Answer.NONE
        else:
            answer = Answer.WRONG if source.random() < share(now) else Answer.RIGHT
        stretch.take(step, answer, late=now > deadline)
    return Run(is_proven=stretch.outcome is Outcome.PROVEN, seconds=now)
