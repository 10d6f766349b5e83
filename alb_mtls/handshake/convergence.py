"""Asking one client on many fresh connections, at every address and on all routes in turn."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field

from alb_mtls.handshake.checks import Check
from alb_mtls.handshake.pace import Pace
from alb_mtls.handshake.plans import Job
from alb_mtls.handshake.stretch import Answer, Outcome, Step, Stretch
from alb_mtls.handshake.target import Target

_AT_ONCE = 32
_RETRIES_OF_CONTROL = 2
_PAUSE_WHEN_BLOCKED = 1.0


@dataclass(kw_only=True)
class Line:
    """One client that is asked at one address.

    Attributes:
        jobs: the client on each route of the address; asked in turn.
        controls: a client that must be accepted, on the same routes; empty where there is none, or where none is needed
            because an acceptance speaks for itself.
        stretch: what its connections have shown.
        wrong: the last check with a wrong answer.
        unanswered: the last check that showed nothing, a control too.
    """

    target: Target
    jobs: Sequence[Job]
    controls: Sequence[Job]
    stretch: Stretch
    wrong: Check | None = None
    unanswered: Check | None = None
    begun: Counter[bool] = field(default_factory=Counter)

    def next_job(self, *, is_control: bool = False) -> Job:
        """Return what the next connection sends."""
        jobs = self.controls if is_control else self.jobs
        number = self.begun[is_control]
        self.begun[is_control] += 1
        return jobs[number % len(jobs)]


def converge(
    lines: Sequence[Line],
    ask: Callable[[Job], Check],
    *,
    until: float,
    pace: Pace,
    workers: int = _AT_ONCE,
    meanwhile: Callable[[], object] = lambda: None,
) -> None:
    """Ask until every stretch is proven, or one of them is not any more.

    Args:
        lines: whom to ask, and where.
        ask: sends one request.
        until: the deadline of the last wrong answer, as `pace.now` counts; a stretch that was begun before may end
            after it.
        pace: says how late it is.
        workers: connections at once.
        meanwhile: called now and then.
    """

    def of_step(job: Job, step: Step) -> Check:
        check = ask(job)
        for _ in range(_RETRIES_OF_CONTROL if step.is_control else 0):
            if check.passed:
                break
            check = ask(job)
        return check

    with ThreadPoolExecutor(workers) as pool:
        running: dict[Future[Check], tuple[Line, Step]] = {}
        while True:
            for line, step in _begun(lines, workers - len(running)):
                running[pool.submit(of_step, line.next_job(is_control=step.is_control), step)] = (line, step)
            if not running:
                return
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            meanwhile()
            late = pace.now() > until
            for future in done:
                line, step = running.pop(future)
                _take(line, step, future.result(), late=late)
            if any(line.stretch.is_blocked for line in lines):
                pace.pause(_PAUSE_WHEN_BLOCKED)


def _begun(lines: Sequence[Line], free: int) -> Iterator[tuple[Line, Step]]:
    """Begin connections, at all addresses in turn; none any more where one of them has ended without proof."""
    open_lines = list(lines)
    while open_lines and free > 0:
        if any(line.stretch.outcome in {Outcome.FAILED, Outcome.UNKNOWN} for line in lines):
            return
        for line in tuple(open_lines):
            step = line.stretch.next() if free > 0 else None
            if step is None:
                open_lines.remove(line)
                continue
            free -= 1
            yield line, step


def _take(line: Line, step: Step, check: Check, *, late: bool) -> None:
    answer = check.answer
    if step.is_control:
        answer = Answer.RIGHT if check.passed else Answer.NONE
    if answer is Answer.WRONG:
        line.wrong = check
    elif answer is Answer.NONE:
        line.unanswered = check
    line.stretch.take(step, answer, late=late)
