"""When enough fresh connections were answered as they must be: converged, not lucky. Pure: no clock, no socket.

A load balancer is many machines, and a connection meets one of them by chance. So one client, whose answer the change
turns, is asked on fresh connections until enough of them in a row were right: as many as are required, and six times
the longest run of right answers that a wrong one has ended. What that passes is measured: docs/evidence/proof.md.
"""

from collections import deque
from dataclasses import dataclass
from enum import Enum, auto

CONNECTIONS = 300
"""Right answers in a row that are required of each address."""

_LONGER_THAN_CHANCE = 6
_BOUND = 4.0
_ASKED_BETWEEN_CONTROLS = 24
_TOO_MANY_UNANSWERED = 0.2
_ENOUGH_TO_TELL = 50


class Answer(Enum):
    """What one fresh connection has shown."""

    RIGHT = auto()
    WRONG = auto()
    NONE = auto()
    """No answer, a cut before ServerHello, or one that shows neither: another connection is asked instead."""


class Outcome(Enum):
    """What all connections so far have shown together."""

    GO_ON = auto()
    PROVEN = auto()
    FAILED = auto()
    UNKNOWN = auto()
    """Too few were answered."""


@dataclass(eq=False)
class Step:
    """One fresh connection.

    Attributes:
        is_control: whether a client is asked that must be accepted, rather than the one that is counted.
        answer: None as long as there is none.
        late: whether it came after the deadline.
    """

    is_control: bool
    answer: Answer | None = None
    late: bool = False


class Stretch:
    """The connections of one client to one address.

    Answers may come in any order, and count in the order in which their connections were begun.
    """

    def __init__(self, connections: int, *, controlled: bool) -> None:
        """Begin.

        Args:
            connections: right answers in a row that are required.
            controlled: whether answers count only between two controls that passed; a rejection may otherwise be
                that of a firewall which has had enough of this machine.
        """
        self.outcome = Outcome.GO_ON
        self.clean = 0
        self.asked = 0
        self.wrong = 0
        self.unanswered = 0
        self.is_blocked = False
        self._connections = connections
        self._controlled = controlled
        self._longest = 0
        self._unanswered_here = 0
        self._begun: deque[Step] = deque()
        self._uncertain: list[Step] = []
        self._since_control = _ASKED_BETWEEN_CONTROLS
        self._counts = False

    @property
    def needed(self) -> int:
        """Right answers in a row that are required by now."""
        return max(self._connections, _LONGER_THAN_CHANCE * self._longest)

    def next(self) -> Step | None:
        """Begin another connection; None when it is over, or when the answers of those that are under way decide."""
        if self.outcome is not Outcome.GO_ON:
            return None
        under_way = sum(not step.is_control for step in (*self._begun, *self._uncertain))
        is_enough = self.clean + under_way >= self.needed
        is_control_due = self._since_control >= _ASKED_BETWEEN_CONTROLS or (is_enough and self._since_control > 0)
        if self._controlled and is_control_due:
            self._since_control = 0
            step = Step(is_control=True)
        elif is_enough:
            return None
        else:
            self._since_control += 1
            step = Step(is_control=False)
        self._begun.append(step)
        return step

    def take(self, step: Step, answer: Answer, *, late: bool = False) -> None:
        """Take what a connection has shown.

        Args:
            step: as `next` returned it.
            answer: of a control, RIGHT says that it passed.
            late: whether the deadline had passed by then.
        """
        step.answer, step.late = answer, late
        while self._begun and self._begun[0].answer is not None:
            first = self._begun.popleft()
            if first.is_control:
                self._controlled_by(passed=first.answer is Answer.RIGHT, late=first.late)
            elif self._controlled:
                self._uncertain.append(first)
            else:
                self._count(first)

    def relapse(self) -> None:
        """Begin again: something else has shown that the address is not as it must be after all."""
        self.outcome = Outcome.GO_ON
        self._take_wrong(late=False)

    def _controlled_by(self, *, passed: bool, late: bool) -> None:
        between_two = self._counts and passed
        for step in self._uncertain:
            if step.answer is Answer.RIGHT and not between_two:
                step.answer = Answer.NONE
            self._count(step)
        self._uncertain.clear()
        self._counts, self.is_blocked = passed, not passed
        if late and not passed:
            self._end_if_hardly_answered()

    def _count(self, step: Step) -> None:
        if self.outcome is not Outcome.GO_ON:
            return
        self.asked += 1
        if step.answer is Answer.WRONG:
            self._take_wrong(late=step.late)
        elif step.answer is Answer.NONE:
            self.unanswered += 1
            self._unanswered_here += 1
            if step.late:
                self._end_if_hardly_answered()
        else:
            self.clean += 1
            if self.clean >= self.needed:
                self._end(late=step.late)

    def _take_wrong(self, *, late: bool) -> None:
        self.wrong += 1
        self._longest = max(self._longest, self.clean)
        self.clean = self._unanswered_here = 0
        if late:
            self.outcome = Outcome.FAILED

    def _end(self, *, late: bool) -> None:
        if not self._is_hardly_answered:
            self.outcome = Outcome.PROVEN
        elif late:
            self.outcome = Outcome.UNKNOWN
        else:
            self.clean = self._unanswered_here = 0

    def _end_if_hardly_answered(self) -> None:
        if self.clean + self._unanswered_here >= _ENOUGH_TO_TELL and self._is_hardly_answered:
            self.outcome = Outcome.UNKNOWN

    @property
    def _is_hardly_answered(self) -> bool:
        return self._unanswered_here > _TOO_MANY_UNANSWERED * (self.clean + self._unanswered_here)


def bound(connections: int) -> float:
    """Return the share of machines that may still answer wrongly, at 95 %, after so many right answers in a row.

    It holds for machines that connections from one address are spread over. Not 3/n, as for a fixed sample: a stretch
    may be begun again until the deadline.
    """
    return min(1.0, _BOUND / connections) if connections else 1.0
