"""Clients whose certificates live for ten minutes, an `up` every two minutes, and a look at each moment."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509

from tests.helpers.ops_command import ops
from tests.helpers.stack import Stack
from tests.helpers.stack_config import P256
from tests.helpers.traffic import Target, Traffic

NAMES = ("alice", "bob", "carol")
# The shortest life that there is; its window is the last five minutes.
CLIENTS = tuple({"name": name, "key": P256, "validity": "10m"} for name in NAMES)
EVERY_SECONDS = 120
PAUSE_SECONDS = 3.0
# Of `ops status`; the shortest that it takes.
_WITHIN = timedelta(minutes=5)


@dataclass(frozen=True, kw_only=True)
class Round:
    """One unattended `up`, with the looks before and after it.

    Attributes:
        minute: since the first `up`.
        seconds: that the `up` took.
        left: the shortest life left of what clients hold, before and after the `up`.
        renewed: clients that got another certificate.
        status: clients that `ops status` reports as ending, before and after.
        wrong: what is not as it must be.
    """

    minute: float
    seconds: float
    left: tuple[timedelta, timedelta]
    renewed: tuple[str, ...]
    status: tuple[tuple[str, ...], tuple[str, ...]]
    wrong: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Lifetimes:
    """What came of it.

    Attributes:
        certificates: how many each client has held.
        asked: how many requests each client has sent.
        failures: phase, client and answer of each that was not accepted.
    """

    rounds: tuple[Round, ...]
    certificates: dict[str, int]
    asked: dict[str, int]
    failures: tuple[tuple[str, str, str], ...]

    @property
    def wrong(self) -> list[str]:
        """What does not hold, one sentence each."""
        lost = [f"{phase}: client {client} was not accepted: {answer}" for phase, client, answer in self.failures]
        return [*lost, *(sentence for one in self.rounds for sentence in one.wrong)]


class Living:
    """A stack on a lab, and what its clients hold."""

    def __init__(self, stack: Stack, target: Target, folder: Path, show: Callable[[str], None]) -> None:
        """Take a stack that is not deployed yet.

        Args:
            stack: with `CLIENTS` and one listener.
            target: that listener.
            folder: for the files of clients.
            show: gets a line after each `up`.
        """
        self._stack, self._target, self._folder, self._show = stack, target, folder, show
        self._traffic = Traffic(target=target, pause_seconds=PAUSE_SECONDS)
        self._held: dict[str, list[x509.Certificate]] = {name: [] for name in NAMES}

    def run(self, minutes: float) -> Lifetimes:
        """Let clients live so long."""
        self._stack.up()
        self._fetch()
        started = time.monotonic()
        rounds = []
        with self._traffic.flowing():
            # By the clock, however long an `up` takes.
            for number in range(1, int(minutes * 60 / EVERY_SECONDS) + 1):
                self._traffic.phase = f"minute {number * EVERY_SECONDS // 60}"
                time.sleep(max(0.0, started + number * EVERY_SECONDS - time.monotonic()))
                rounds.append(self._round((time.monotonic() - started) / 60))
        return Lifetimes(
            rounds=tuple(rounds),
            certificates={name: len(held) for name, held in self._held.items()},
            asked=dict(self._traffic.asked),
            failures=tuple(self._traffic.failures),
        )

    def _round(self, minute: float) -> Round:
        wrong: list[str] = []
        before, left_before = self._status(wrong, "before"), self._left()
        started = time.monotonic()
        self._stack.up()
        seconds = time.monotonic() - started
        renewed = self._fetch()
        after, left_after = self._status(wrong, "after"), self._left()
        if left_before <= timedelta(0):
            wrong.append("what a client holds has ended")
        found = Round(
            minute=minute,
            seconds=seconds,
            left=(left_before, left_after),
            renewed=renewed,
            status=(before, after),
            wrong=tuple(f"minute {minute:.0f}: {sentence}" for sentence in wrong),
        )
        requests, failed = sum(self._traffic.asked.values()), len(self._traffic.failures)
        words = f"renewed: {', '.join(renewed) or 'nobody'}; {requests} requests so far, {failed} not accepted"
        self._show(f"minute {minute:.1f}: up took {seconds:.0f} s; {words}")
        return found

    def _fetch(self) -> tuple[str, ...]:
        """Export everybody's files; return whose are others than before."""
        renewed = []
        for name in NAMES:
            folder = self._folder / name
            printed = ops(self._stack, "export", name, "--out", str(folder))
            if printed.code != 0:
                message = f"export of {name} ended with {printed.code}: {printed.err}"
                raise RuntimeError(message)
            certificate = x509.load_pem_x509_certificate((folder / f"{name}.crt").read_bytes())
            if not self._held[name] or self._held[name][-1] != certificate:
                self._held[name].append(certificate)
                self._traffic.hold(name, folder / f"{name}.chain.pem", folder / f"{name}.key")
                renewed.append(name)
        return tuple(renewed)

    def _left(self) -> timedelta:
        now = datetime.now(UTC)
        return min(held[-1].not_valid_after_utc - now for held in self._held.values())

    def _status(self, wrong: list[str], when: str) -> tuple[str, ...]:
        """Return whom `ops status` reports as ending; note what it says otherwise than the files that clients hold."""
        printed = ops(self._stack, "status", "--json", "--within", "5m")
        document = printed.document
        at = datetime.fromisoformat(document["at"])
        reported = tuple(name for name in NAMES if _is_reported(document, name))
        ending = tuple(name for name in NAMES if self._held[name][-1].not_valid_after_utc - at <= _WITHIN)
        if reported != ending:
            wrong.append(f"status {when} the up reports {reported}, and those that end are {ending}")
        wrong += [f"status {when} the up: {sentence}" for sentence in self._differences(document)]
        if printed.code != (1 if document["findings"] else 0):
            wrong.append(f"status {when} the up ended with {printed.code}")
        return reported

    def _differences(self, document: dict[str, Any]) -> Iterator[str]:
        ends = {one["name"]: one["notAfter"] for one in document["certificates"] if one["kind"] == "client"}
        for name, held in self._held.items():
            end = held[-1].not_valid_after_utc
            if datetime.fromisoformat(ends[name]) != end:
                yield f"the certificate of {name} ends at {ends[name]}, and what it holds at {end.isoformat()}"
        rejected = [one["name"] for one in document["clients"] if one["accepted"] is not True]
        if rejected or document["unknown"]:
            yield f"not accepted: {rejected}; unknown: {json.dumps(document['unknown'])}"


def _is_reported(document: dict[str, Any], name: str) -> bool:
    return any(one["code"] == "CLIENT_EXPIRING" and one["subject"] == f"client {name}" for one in document["findings"])
