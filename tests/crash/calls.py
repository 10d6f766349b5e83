"""The calls of an operation, a poll counted once, and the moments between them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

# Of the cloud and of Kubernetes; whatever is not a read is killed after its effect too.
_READS = ("Get", "List", "Describe", "get ", "list ", "watch ", "dry-run ")
# Called again until the answer is as desired.
_POLLED = frozenset({"ListCertWarehouse", "DescribeWarehouseCert", "ListListeners", "GetListenerAttribute"})


def is_read(api: str) -> bool:
    """Say whether a call of this name can have no effect."""
    return api.startswith(_READS)


class Stage(StrEnum):
    """Where in a call: before it is sent on, after its effect, or after its reply was written."""

    BEFORE = "before"
    AFTER_EFFECT = "after-effect"
    AFTER_REPLY = "after-reply"


@dataclass(frozen=True, kw_only=True)
class Call:
    """A call of an operation.

    Attributes:
        step: what the engine called the provider for.
        number: place among the calls of this API in the operation, from 1; a poll counts once.
    """

    step: str
    service: str
    api: str
    number: int

    @property
    def writes(self) -> bool:
        """Whether it can have an effect."""
        return not is_read(self.api)

    def __str__(self) -> str:
        """Name it as the table does."""
        return f"{self.api} {self.number}"


@dataclass(kw_only=True)
class Calls:
    """Calls as they come in, each found to be new or the repetition of a poll."""

    calls: list[Call] = field(default_factory=list)
    _last: tuple[str, str, str] | None = None

    def take(self, step: str, entry: dict[str, Any]) -> Call | None:
        """Return the call when it is new; None when it only repeats a poll.

        Args:
            step: what the engine is at.
            entry: `service`, `api` and `target`, as the lab reports a hold or a journal entry.
        """
        heard = (step, entry["api"], entry["target"])
        before, self._last = self._last, heard
        if entry["api"] in _POLLED and before == heard:
            return None
        number = 1 + sum(1 for call in self.calls if (call.service, call.api) == (entry["service"], entry["api"]))
        self.calls.append(Call(step=step, service=entry["service"], api=entry["api"], number=number))
        return self.calls[-1]


@dataclass(frozen=True, kw_only=True)
class Moment:
    """A moment in an operation that differs from all others.

    Attributes:
        call: of which it is a stage, `BEFORE` or `AFTER_EFFECT`; None stands for the end of `step`, when the provider
            has done everything and the state does not know it yet.
    """

    step: str
    call: Call | None
    stage: Stage

    def __str__(self) -> str:
        """Name it for a person who wants to repeat it."""
        return f"{self.call} {self.stage}" if self.call is not None else f"result of '{self.step}' lost"


def moment_of(calls: Sequence[Call], call: Call, stage: Stage) -> Moment | None:
    """Return the moment that a stage of a call is.

    A provider makes its calls one after the other, and only its writes have effects. So between the reply of one call
    and the next call of the same step nothing happens, and a read is the same before and after it was answered. None
    stands for the end of the operation.
    """
    if stage is Stage.BEFORE or (stage is Stage.AFTER_EFFECT and not call.writes):
        return Moment(step=call.step, call=call, stage=Stage.BEFORE)
    if stage is Stage.AFTER_EFFECT:
        return Moment(step=call.step, call=call, stage=stage)
    following = next(iter(calls[calls.index(call) + 1 :]), None)
    if following is not None and (following.step == call.step or _only_asks(call.step)):
        return Moment(step=following.step, call=following, stage=Stage.BEFORE)
    return None if _only_asks(call.step) else Moment(step=call.step, call=None, stage=stage)


def moments(calls: Sequence[Call], silent: Sequence[str] = ()) -> Iterator[Moment]:
    """Return each moment of an operation once: in order, then those of steps that make no call."""
    named: Iterable[Moment | None] = (moment_of(calls, call, stage) for call in calls for stage in Stage)
    yield from dict.fromkeys(moment for moment in named if moment is not None)
    yield from (end_of(step) for step in silent)


def end_of(step: str) -> Moment:
    """Return the moment at which a step is done and the state does not know it yet."""
    return Moment(step=step, call=None, stage=Stage.AFTER_REPLY)


def _only_asks(step: str) -> bool:
    return step.startswith("diff ")
