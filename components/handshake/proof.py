"""Asking in rounds until a listener behaves, or until the deadline."""

import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from components.handshake.baseline import PROBE_SECONDS, WORKERS, Ask, Baseline
from components.handshake.checks import Check, Client, Expected, Proof, Way
from components.handshake.client_identity import Identity, Probes
from components.handshake.deadline import Deadline
from components.handshake.decision import Known, cause
from components.handshake.errors import ProofFailed
from components.handshake.probe import probe
from components.handshake.tls import TlsSession

ONLY_REFUSALS = (
    "only refusals were shown: there was no client certificate to try; give one with proof.client "
    "(certificateFile and keyFile)"
)

# A load balancer is many machines: one round may have met those that had heard of the change already.
_CLEAN_ROUNDS = 2
_PAUSE_SECONDS = 0.5


def prove_enforced(
    before: Baseline, probes: Probes | None, *, deadline_seconds: float, known: Known, ask: Ask = probe
) -> Proof:
    """Show that only clients with a certificate of our CA get in.

    Every round asks on every way: with a certificate (let in, with the status class of before), without one, of a
    foreign CA, of a foreign CA that copies our name, with one that has ended, and by resuming a session that was
    opened without (all refused). A refusal counts only beside the positive control of the same round.

    Args:
        before: what was seen before the switch.
        probes: clients to ask with. Without a valid one only refusals can be shown, and the proof says so.
        deadline_seconds: no further round starts after this.
        known: what the ALB API says, and whose clients are meant.
        ask: sends one request.

    Raises:
        ProofFailed: the cause that the last round showed, with its remedy.
    """
    jobs = list(_enforced(before, probes))
    complete = probes is not None and probes.valid is not None
    return _prove(_Rounds(jobs, before, ask), known, deadline_seconds, note="" if complete else ONLY_REFUSALS)


def prove_open(before: Baseline, *, deadline_seconds: float, known: Known, ask: Ask = probe) -> Proof:
    """Show that clients without a certificate get in, after a switch off.

    Args:
        before: what was seen before; where clients were let in, they must get the same class of status.
        deadline_seconds: no further round starts after this.
        known: what the ALB API says.
        ask: sends one request.

    Raises:
        ProofFailed: the cause that the last round showed, with its remedy.
    """
    jobs = [_Job(way=way, client=Client.WITHOUT_CERTIFICATE, expected=Expected.LET_IN) for way in before.ways]
    return _prove(_Rounds(jobs, before, ask), known, deadline_seconds, note="")


def prove_as_before(before: Baseline, *, deadline_seconds: float, known: Known, ask: Ask = probe) -> Proof:
    """Show that a listener which was put back lets clients without a certificate in, or refuses them, as it did.

    Args:
        before: what was seen before; addresses that differed then must differ again.
        deadline_seconds: no further round starts after this.
        known: what the ALB API says.
        ask: sends one request.

    Raises:
        ProofFailed: it does not.
    """
    jobs = [
        _Job(
            way=way,
            client=Client.WITHOUT_CERTIFICATE,
            expected=Expected.LET_IN if before.seen[way].let_in else Expected.REFUSED,
        )
        for way in before.ways
    ]
    note = ONLY_REFUSALS if before.asked_already else ""
    return _prove(_Rounds(jobs, before, ask), known, deadline_seconds, note=note)


@dataclass(frozen=True, kw_only=True)
class _Job:
    way: Way
    client: Client
    expected: Expected
    identity: Identity | None = None
    session: TlsSession | None = None


def _enforced(before: Baseline, probes: Probes | None) -> Iterator[_Job]:
    for way in before.ways:
        nobody = _Job(way=way, client=Client.WITHOUT_CERTIFICATE, expected=Expected.REFUSED)
        yield nobody
        # Who signed what is decided before HTTP is spoken: once for each version of TLS is enough.
        once = way.http == "1.1"
        old = before.session(way)
        if once and old is not None:
            yield replace(nobody, client=Client.RESUMED_WITHOUT, session=old)
        if probes is None:
            continue
        if probes.valid is not None:
            yield _Job(way=way, client=Client.WITH_CERTIFICATE, expected=Expected.LET_IN, identity=probes.valid)
        if once:
            yield replace(nobody, client=Client.FOREIGN, identity=probes.foreign)
            yield replace(nobody, client=Client.FOREIGN_SAME_NAME, identity=probes.foreign_same_name)
        if once and probes.expired is not None:
            yield replace(nobody, client=Client.EXPIRED, identity=probes.expired)


class _Rounds:
    """Asks the same again and again."""

    def __init__(self, jobs: Sequence[_Job], before: Baseline, ask: Ask) -> None:
        self._jobs = jobs
        self._before = before
        self._ask = ask

    def once(self) -> list[Check]:
        with ThreadPoolExecutor(WORKERS) as pool:
            checks = list(pool.map(self._check, self._jobs))
            again = list(_resumptions(zip(self._jobs, checks, strict=True)))
            return [*checks, *pool.map(self._check, again)]

    def _check(self, job: _Job) -> Check:
        seen = self._ask(
            job.way.target,
            identity=job.identity,
            tls=job.way.tls,
            http=job.way.http,
            session=job.session,
            deadline_seconds=PROBE_SECONDS,
        )
        before = self._before.status(job.way)
        return Check(way=job.way, client=job.client, expected=job.expected, seen=seen, status_before=before)


def _resumptions(done: Iterable[tuple[_Job, Check]]) -> Iterator[_Job]:
    """Yield what asks once more with the sessions that valid clients have just opened."""
    for job, check in done:
        valid = job.client is Client.WITH_CERTIFICATE and job.way.http == "1.1" and check.passed
        if valid and check.seen.session is not None:
            yield replace(job, client=Client.RESUMED_WITH, session=check.seen.session)


def _prove(rounds: _Rounds, known: Known, deadline_seconds: float, *, note: str) -> Proof:
    deadline = Deadline(deadline_seconds)
    number, clean = 0, 0
    while True:
        checks = rounds.once()
        number += 1
        sentence = cause(checks, known)
        clean = 0 if sentence is not None else clean + 1
        if clean == _CLEAN_ROUNDS:
            return Proof(proven=not note, at=datetime.now(UTC), rounds=number, checks=checks, note=note)
        if deadline.remaining() <= _PAUSE_SECONDS:
            failure = sentence or "the listener behaved only in the last round; run the command again"
            shown = Proof(proven=False, at=datetime.now(UTC), rounds=number, checks=checks, note=failure)
            raise ProofFailed(failure, shown)
        time.sleep(_PAUSE_SECONDS)
