"""How a proof goes on: rounds of all clients until one is clean, then many connections of one, then a round again."""

from collections.abc import Callable, Collection, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime

from alb_mtls.handshake.baseline import WORKERS
from alb_mtls.handshake.checks import Check, Client, Expected, ProbeRoute, Proof
from alb_mtls.handshake.convergence import Line, converge
from alb_mtls.handshake.diagnosis import ProofContext, cause
from alb_mtls.handshake.errors import HandshakeError, ProofFailed
from alb_mtls.handshake.pace import Pace
from alb_mtls.handshake.plans import Job
from alb_mtls.handshake.rounds import Rounds
from alb_mtls.handshake.stretch import CONNECTIONS, Answer, Outcome, Stretch
from alb_mtls.handshake.stretch_diagnosis import not_followed, not_known
from alb_mtls.handshake.target import Target
from alb_mtls.listing import listing
from alb_mtls.progress import Wait

# Before the first clean round few connections are opened: a burst that is accepted wakes the rate rules of a WAF.
_PAUSE_SECONDS = 0.5
_LONGEST_PAUSE_SECONDS = 8.0

Asked = Callable[[ProbeRoute], Job]


@dataclass(frozen=True, kw_only=True)
class Measure:
    """How much a proof must show.

    Attributes:
        connections: fresh ones in a row, at each address, that must be answered as they must.
        resolve: returns every address of the listener by now, at the end; None where it can have no other ones than
            those that were given.
        known: `host:port` of each address of the ALB, where requests may take another way to it; empty when nobody
            could look them up.
        pace: of all connections; one for proofs that follow each other.
    """

    connections: int = CONNECTIONS
    resolve: Callable[[], Iterable[Target]] | None = None
    known: Sequence[str] = ()
    pace: Pace = field(default_factory=Pace)


@dataclass(kw_only=True)
class Proving:
    """One proof.

    Attributes:
        rounds: send the requests of all clients.
        asked: the clients that are asked on many connections, of an address.
        control: the client that must be accepted between their rejections; None without such a client.
        deadline_seconds: no wrong answer may come after this.
        context: what the ALB API says, and whose clients are meant.
        measure: how much is to be shown.
        lacking: what can never be shown.
        clients: of every kind that there should be; those that could not be made are named.
        not_made: for people: others that could not be made, and why.
    """

    rounds: Rounds
    asked: Callable[[Target], Sequence[Asked]]
    control: Asked | None = None
    deadline_seconds: float
    context: ProofContext
    measure: Measure
    lacking: str = ""
    clients: Collection[Client] = ()
    not_made: Sequence[str] = ()
    _number: int = 0
    _until: float = 0.0
    _lines: dict[Target, list[Line]] = field(default_factory=dict)
    _not_resolved: str = ""
    _wait: Wait = field(init=False)

    def run(self) -> Proof:
        """Return the proof.

        Raises:
            ProofFailed: the cause that was shown last, with its remedy.
        """
        self._until = self._now() + self.deadline_seconds
        where = listing([target.label for target in self.rounds.targets])
        self._wait = Wait(what=f"the proof of {where}", seconds=self.deadline_seconds, clock=self._now)
        while True:
            self._until_clean()
            self._converge()
            if self.rounds.add_targets(self._resolved()):
                continue
            checks = self._round()
            failure = cause(checks, self.context)
            if failure is None:
                return self._proof(checks, "; ".join(filter(None, (self.lacking, self.rounds.note))), proven=True)
            if self._now() > self._until:
                raise self._failed(checks, failure)
            self._relapse(checks)

    def _relapse(self, checks: Sequence[Check]) -> None:
        """Begin the stretches again whose client a round has shown to be answered wrongly.

        The others stay: a network may cut a valid client so that it looks rejected.
        """
        for check in checks:
            for line in self._lines.get(check.route.target, ()):
                if line.stretch.asked and check.answer is Answer.WRONG and check.expected is line.jobs[0].expected:
                    line.stretch.relapse()

    def _now(self) -> float:
        return self.measure.pace.now()

    def _round(self) -> list[Check]:
        self._number += 1
        return self.rounds.once()

    def _until_clean(self) -> None:
        """Repeat the round until it is clean; between two, ask one client at each address, which is cheap."""
        pause = _PAUSE_SECONDS
        while True:
            checks = self._round()
            failure = cause(checks, self.context)
            if failure is None:
                return
            if self._now() + _PAUSE_SECONDS > self._until:
                raise self._failed(checks, failure)
            # Where another address was found, those of before have their stretches behind them.
            self._relapse(checks)
            self._wait.goes_on(failure)
            again = self._now() + pause
            pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)
            while self._now() < self._until:
                self.measure.pace.pause(min(_PAUSE_SECONDS, max(0.0, self._until - self._now())))
                if self._now() >= again and self._looks_right():
                    break

    def _looks_right(self) -> bool:
        lines = self._fresh_lines()
        with ThreadPoolExecutor(WORKERS) as pool:
            return all(pool.map(lambda line: self.rounds.ask(line.next_job()).answer is Answer.RIGHT, lines))

    def _fresh_lines(self) -> list[Line]:
        """Return what is asked at each address, on the routes that are supported by now."""
        for target in self.rounds.targets:
            routes = self.rounds.routes(target)
            found = self._lines.setdefault(target, [])
            for number, asked in enumerate(self.asked(target)):
                jobs = [asked(route) for route in routes]
                controls = [] if self.control is None else [self.control(route) for route in routes]
                if number == len(found):
                    controlled = bool(controls) and jobs[0].expected is Expected.REJECTED
                    stretch = Stretch(self.measure.connections, controlled=controlled)
                    found.append(Line(target=target, jobs=jobs, controls=controls, stretch=stretch))
                found[number].jobs, found[number].controls = jobs, controls
        return [line for lines in self._lines.values() for line in lines]

    def _converge(self) -> None:
        lines = self._fresh_lines()
        converge(
            lines,
            self.rounds.ask,
            until=self._until,
            pace=self.measure.pace,
            meanwhile=lambda: self._wait.goes_on("connections are counted", _counted(lines)),
        )
        for line in lines:
            if line.stretch.outcome is Outcome.FAILED and line.wrong is not None:
                raise self._failed([line.wrong], not_followed(line.wrong, line.stretch, self.deadline_seconds))
            if line.stretch.outcome is Outcome.UNKNOWN and line.unanswered is not None:
                raise self._failed([line.unanswered], not_known(line.unanswered, line.stretch, self.context))

    def _resolved(self) -> Iterable[Target]:
        if self.measure.resolve is None:
            return ()
        try:
            return self.measure.resolve()
        except HandshakeError as error:
            self._not_resolved = f"addresses that the listener has got since: {error}"
            return ()

    def _failed(self, checks: Sequence[Check], note: str) -> ProofFailed:
        return ProofFailed(note, self._proof(checks, note, proven=False))

    def _proof(self, checks: Sequence[Check], note: str, *, proven: bool) -> Proof:
        asked = {check.client for check in checks}
        missing = [f"a client {client}" for client in self.clients if proven and client not in asked]
        stretches = [line.stretch for lines in self._lines.values() for line in lines]
        return Proof(
            proven=proven and not self.lacking,
            at=datetime.now(UTC),
            rounds=self._number,
            checks=checks,
            note=note,
            connections=min((stretch.clean for stretch in stretches), default=0) if proven else 0,
            addresses_asked=[target.label for target in self.rounds.targets],
            addresses_known=self.measure.known,
            not_tried=[*filter(None, (self._not_resolved,)), *missing, *self.not_made, *self.rounds.not_tried],
            answers=self._answers() if proven else (),
        )

    def _answers(self) -> list[str]:
        first = (line.jobs[0] for lines in self._lines.values() for line in lines)
        texts = (f"{'all' if job.expected is Expected.ACCEPTED else 'none'} accepted {job.client}" for job in first)
        return list(dict.fromkeys(texts))


def _counted(lines: Sequence[Line]) -> str:
    return ", ".join(
        f"{line.stretch.clean} of {line.stretch.needed} in a row at {line.target.label}" for line in lines[:3]
    )
