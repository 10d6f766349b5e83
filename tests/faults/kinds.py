"""The faults of the table: what the lab can inject, and how often a call meets it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A fault, without the API that meets it.

    Attributes:
        name: of the column, and of the test.
        fault: as the lab's management port takes it, but for service and API.
        retried: whether a call that meets it has to be made again.
        released_after_seconds: when the test lets a held call go on; None leaves it standing.
        calls: that can meet it, service and API; None for all.
    """

    name: str
    fault: Mapping[str, object]
    retried: bool = True
    released_after_seconds: float | None = None
    calls: frozenset[tuple[str, str]] | None = None

    @property
    def lasting(self) -> bool:
        """Whether every call meets it."""
        return self.fault.get("times", 1) is None

    def meets(self, call: tuple[str, str]) -> bool:
        """Say whether a call can meet it."""
        return self.calls is None or call in self.calls


# What admission control judges.
_PATCHES = frozenset({("kubernetes", "patch albconfigs"), ("kubernetes", "dry-run patch albconfigs")})


def _kind(name: str, *, kind: str | None = None, **rest: object) -> Mapping[str, object]:
    return MappingProxyType({"kind": kind or name, **rest})


PASSING = (
    Kind(name="throttle", fault=_kind("throttle", times=2)),
    Kind(name="server-error", fault=_kind("server-error")),
    Kind(name="unavailable", fault=_kind("unavailable")),
    Kind(name="webhook-down", fault=_kind("webhook-down", times=2), calls=_PATCHES),
    Kind(name="close-before", fault=_kind("close-before")),
    Kind(name="close-after", fault=_kind("close-after")),
    Kind(name="latency", fault=_kind("latency", seconds=1.0), retried=False),
    Kind(name="hold-before", fault=_kind("hold-before", kind="hold", stage="before")),
    Kind(name="hold-after-effect", fault=_kind("hold-after-effect", kind="hold", stage="after-effect")),
    Kind(
        name="hold-after-reply",
        fault=_kind("hold-after-reply", kind="hold", stage="after-reply"),
        retried=False,
        released_after_seconds=2.0,
    ),
)
"""Met once, or twice: each of them has to be healed."""

LASTING = (
    Kind(name="access-denied", fault=_kind("access-denied", times=None)),
    Kind(name="webhook-denies", fault=_kind("webhook-denies", times=None), calls=_PATCHES),
    *(replace(kind, fault=MappingProxyType({**kind.fault, "times": None})) for kind in PASSING if kind.retried),
)
"""Met by every call of the API as long as the operation lasts: each ends in a sentence, or does not matter."""
