"""Which calls go wrong, and how."""

from dataclasses import dataclass, field
from enum import StrEnum
from fnmatch import fnmatchcase
from itertools import count
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lab.interception.exchange import Request


class FaultKind(StrEnum):
    """What happens to a call.

    `THROTTLE`, `SERVER_ERROR` (500), `UNAVAILABLE` (503) and `ACCESS_DENIED` are answered in the words of
    the service and have no effect; so are `WEBHOOK_DENIES` and `WEBHOOK_DOWN`, of patches in Kubernetes alone.
    `CLOSE_BEFORE` and `CLOSE_AFTER` end the connection without a byte of reply, before or after the effect.
    `LATENCY` delays a call, `HOLD` stops it until it is released.
    """

    THROTTLE = "throttle"
    SERVER_ERROR = "server-error"
    UNAVAILABLE = "unavailable"
    ACCESS_DENIED = "access-denied"
    WEBHOOK_DENIES = "webhook-denies"
    WEBHOOK_DOWN = "webhook-down"
    CLOSE_BEFORE = "close-before"
    CLOSE_AFTER = "close-after"
    LATENCY = "latency"
    HOLD = "hold"


OF_WEBHOOKS = frozenset({FaultKind.WEBHOOK_DENIES, FaultKind.WEBHOOK_DOWN})
ERROR_REPLIES = OF_WEBHOOKS | {
    FaultKind.THROTTLE,
    FaultKind.SERVER_ERROR,
    FaultKind.UNAVAILABLE,
    FaultKind.ACCESS_DENIED,
}


class HoldStage(StrEnum):
    """Where a hold stops a call.

    `BEFORE`: before it is sent on. `AFTER_EFFECT`: after its effect, before its reply. `AFTER_REPLY`: its
    reply is written, and every further call on any service waits.
    """

    BEFORE = "before"
    AFTER_EFFECT = "after-effect"
    AFTER_REPLY = "after-reply"


@dataclass(kw_only=True)
class Fault:
    """A rule, and how many calls it has met.

    Attributes:
        kind: what happens.
        service: shell-style pattern of the service (`cas`, `*`).
        api: shell-style pattern of the API, in its own case (`UploadPCACert`, `patch albconfigs*`).
        first: the first matching call to meet it, counted from 1 when the rule is set.
        times: how many calls meet it from there on, or None for all.
        seconds: how long a latency is.
        stage: where a hold stops the call.
        id: given by the table.
        matched: matching calls so far.
        applied: calls that met it so far.
    """

    kind: FaultKind
    service: str = "*"
    api: str = "*"
    first: int = 1
    times: int | None = 1
    seconds: float = 0.0
    stage: HoldStage = HoldStage.BEFORE
    id: int = 0
    matched: int = 0
    applied: int = 0

    def meets(self, request: "Request") -> bool:
        """Count a call, and tell whether it goes wrong."""
        if not (fnmatchcase(request.service, self.service) and fnmatchcase(request.api, self.api)):
            return False
        self.matched += 1
        last = None if self.times is None else self.first + self.times - 1
        if self.matched < self.first or (last is not None and self.matched > last):
            return False
        self.applied += 1
        return True

    def __str__(self) -> str:
        """Name the fault for the journal."""
        if self.kind is FaultKind.HOLD:
            return f"{self.kind}:{self.stage}"
        if self.kind is FaultKind.LATENCY:
            return f"{self.kind}:{self.seconds:g}s"
        return str(self.kind)


@dataclass
class FaultTable:
    """The rules in force, in the order in which they were set."""

    _faults: dict[int, Fault] = field(default_factory=dict)
    _ids: "count[int]" = field(default_factory=lambda: count(1))

    def __iter__(self) -> "Iterator[Fault]":
        """Go through the rules."""
        return iter(list(self._faults.values()))

    def add(self, fault: Fault) -> Fault:
        """Put a rule in force and give it its id."""
        fault.id = next(self._ids)
        self._faults[fault.id] = fault
        return fault

    def remove(self, fault_id: int) -> bool:
        """Take a rule out of force; False when there is none of this id."""
        return self._faults.pop(fault_id, None) is not None

    def clear(self) -> None:
        """Take all rules out of force."""
        self._faults.clear()

    def meeting(self, request: "Request") -> list[Fault]:
        """Count a call, and return the rules that it meets."""
        return [fault for fault in self._faults.values() if fault.meets(request)]
