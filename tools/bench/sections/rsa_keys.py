"""How busy the processors are while an `up` makes RSA 4096 keys, and how many a second the machine makes without it."""

import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from statistics import median
from threading import Event, Thread

import psutil
from pydantic import BaseModel

from alb_mtls.pki.key_spec import KeySpec
from alb_mtls.pki.keys import generate_private_key
from tools.bench import project
from tools.bench.bench_lab import bench_lab
from tools.bench.deployed import Deployed, deployed
from tools.bench.errors import BenchError
from tools.bench.section import Bench, Goal, Section
from tools.bench.table import Table, spread, spread_text
from tools.bench.trace import CALLS, KEY, events, traced

_SPEC = KeySpec(algorithm="rsa", size=4096, curve=None)
_ROUNDS = 3
_AIM = 0.9
_LOOK_SECONDS = 0.02
# What is shorter is no RSA 4096 key: the same function makes the keys of probes, on a curve.
_SHORTEST_SECONDS = 0.02

Look = tuple[float, list[float]]


class Keys(BaseModel):
    """Keys that were made in a row of rounds.

    Attributes:
        number: in each round.
        seconds: from the begin of the first to the end of the last.
        busy: share of each processor that was used meanwhile, by anybody.
        busy_until_last: the same until the last key was begun, so while there was a key for each processor.
    """

    number: int
    seconds: list[float] = []
    busy: list[list[float]] = []
    busy_until_last: list[list[float]] = []

    def rates(self) -> list[float]:
        """Return keys a second, by round."""
        return [self.number / each for each in self.seconds]

    def least_busy(self) -> list[float]:
        """Return the share of the processor that was used least, by round."""
        return [min(each) for each in self.busy]


class RsaKeys(BaseModel):
    """Those of an `up`, and the same number made by one thread a processor and nothing else.

    Attributes:
        up: seconds of the whole `up`, by round.
    """

    raw: Keys
    ours: Keys
    up: list[float] = []


def measure(bench: Bench) -> RsaKeys:
    """Time keys in turns: raw, and in an `up` that adds RSA clients to a deployed stack.

    Raises:
        BenchError: a command failed.
    """
    number = bench.size.rsa_clients
    figures = RsaKeys(raw=Keys(number=number), ours=Keys(number=number))
    with (
        bench_lab(bench.report) as lab,
        deployed(lab, bench.folder / "stack", project.P256) as stack,
    ):
        for each in range(_ROUNDS):
            bench.report(f"RSA: {number} keys, raw and in an up, round {each + 1} of {_ROUNDS}")
            with _looks() as looks:
                begun, ended = _raw(number)
            _take(figures.raw, begun, ended, looks)
            stack.configure(clients=project.clients(number, project.RSA_4096))
            _up(figures, stack, bench, each)
    return figures


def _up(figures: RsaKeys, stack: Deployed, bench: Bench, each: int) -> None:
    folder = bench.folder / f"trace-{each}"
    with _looks() as looks:
        figures.up.append(stack.up(**traced(folder, [where for where, name in CALLS.items() if name == KEY])))
    keys = [one for one in events(folder) if one.name == KEY and one.seconds > _SHORTEST_SECONDS]
    if len(keys) != figures.ours.number:
        message = (
            f"an up of {figures.ours.number} RSA clients made {len(keys)} RSA keys by {KEY} of tools/bench/trace.py"
        )
        raise BenchError(message)
    _take(figures.ours, [one.begin for one in keys], [one.end for one in keys], looks)


def _raw(number: int) -> tuple[list[float], list[float]]:
    begun, ended = [], []

    def make(_number: int) -> None:
        begun.append(time.monotonic())
        generate_private_key(_SPEC)
        ended.append(time.monotonic())

    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        list(pool.map(make, range(number)))
    return begun, ended


def _take(keys: Keys, begun: list[float], ended: list[float], looks: list[Look]) -> None:
    keys.seconds.append(max(ended) - min(begun))
    keys.busy.append(busy(looks, min(begun), max(ended)))
    keys.busy_until_last.append(busy(looks, min(begun), max(begun)))


def busy(looks: list[Look], begin: float, end: float) -> list[float]:
    """Return which share of each processor was used between two times, by the looks nearest to them.

    Args:
        looks: each with its time and the seconds that each processor had been used by then.
        begin: of the time.
        end: of the time.
    """
    first = min(looks, key=lambda look: abs(look[0] - begin))
    last = min(looks, key=lambda look: abs(look[0] - end))
    seconds = last[0] - first[0]
    if seconds <= 0:
        return [0.0 for _ in first[1]]
    return [(after - before) / seconds for before, after in zip(first[1], last[1], strict=True)]


@contextmanager
def _looks() -> Iterator[list[Look]]:
    looks: list[Look] = []
    ended = Event()

    def look_on() -> None:
        while not ended.wait(_LOOK_SECONDS):
            used = [sum(each) - each.idle - each.iowait for each in psutil.cpu_times(percpu=True)]
            looks.append((time.monotonic(), used))

    thread = Thread(target=look_on)
    thread.start()
    try:
        yield looks
    finally:
        ended.set()
        thread.join()


def _tables(figures: RsaKeys) -> list[Table]:
    made = Table(
        title="RSA 4096 keys",
        columns=(
            *(
                "",
                "keys",
                "time",
                "range",
                "keys a second",
                "range",
                "least busy processor",
                "until the last was begun",
            ),
            "whole up",
        ),
        notes=[
            (
                "Single keys differ by a factor of ten, so that rates of few keys differ from run to run; how busy "
                "the processors are does not. Towards the end the last key has one processor alone, whoever makes "
                "it."
            ),
            (
                "The `up` adds as many clients to a deployed stack with a P-256 root CA. Busy is what the system "
                "has counted of each processor from the begin of the first key to the end of the last, in whichever"
                " process."
            ),
        ],
    )
    rows: tuple[tuple[str, Keys, list[float]], ...] = (
        ("raw: one thread a processor", figures.raw, []),
        ("in an `up`", figures.ours, figures.up),
    )
    for name, keys, up in rows:
        until_last = [min(each) for each in keys.busy_until_last]
        made.add(
            name,
            str(keys.number),
            *spread(keys.seconds, digits=1),
            *spread(keys.rates(), unit=""),
            _percent(keys.least_busy()),
            _percent(until_last),
            spread_text(up, digits=1) if up else "",
        )
    return [made]


def _percent(shares: list[float]) -> str:
    return spread_text([100 * one for one in shares], digits=0, unit=" %")


def _goals(figures: RsaKeys) -> list[Goal]:
    least = figures.ours.least_busy()
    return [
        Goal(
            figure=f"RSA 4096 keys of {figures.ours.number} clients: the least busy processor while keys are made",
            aim=f"at least {_AIM:.0%}",
            measured=f"{_percent(least)}; without an `up`, {_percent(figures.raw.least_busy())}",
            met=median(least) >= _AIM,
        )
    ]


SECTION = Section(name="rsa", figures=RsaKeys, measure=measure, tables=_tables, goals=_goals)
