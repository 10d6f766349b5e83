"""What an examination says: lines, each fine, or with cause and remedy."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from alb_mtls.aliyun.endpoints import EndpointError
from alb_mtls.aliyun.errors import CloudError
from alb_mtls.cluster.errors import ClusterError
from ops.errors import OpsError

_REQUEST = re.compile(r" \(request [^)]*\)")


class Health(StrEnum):
    """How something was found."""

    FINE = "fine"
    PROBLEM = "problem"
    UNKNOWN = "unknown"
    """It could not be tried, because something that it needs is missing."""
    NOTE = "note"
    """Nothing is wrong, but worth knowing."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """One thing that was examined.

    Attributes:
        topic: what, in a word or two.
        found: what was found; of a problem, the cause.
        remedy: what to do; empty when there is nothing to do, or when the cause's own sentence says it.
        stops_up: of a problem, whether an `up` would end with it.
    """

    topic: str
    health: Health
    found: str
    remedy: str = ""
    stops_up: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return it for scripts; `stopsUp` is there for a problem alone."""
        shown = {"topic": self.topic, "health": str(self.health), "found": self.found, "remedy": self.remedy}
        return {**shown, "stopsUp": self.stops_up} if self.health is Health.PROBLEM else shown


def fine(topic: str, found: str) -> Line:
    """Return a line about something that is as it should be."""
    return Line(topic=topic, health=Health.FINE, found=found)


def problem(topic: str, found: str, remedy: str = "") -> Line:
    """Return a line about something that must be put right."""
    return Line(topic=topic, health=Health.PROBLEM, found=found, remedy=remedy)


def stopping(topic: str, found: str, remedy: str = "") -> Line:
    """Return a line about something with which an `up` would end."""
    return Line(topic=topic, health=Health.PROBLEM, found=found, remedy=remedy, stops_up=True)


def unknown(topic: str, found: str, remedy: str = "") -> Line:
    """Return a line about something that could not be tried."""
    return Line(topic=topic, health=Health.UNKNOWN, found=found, remedy=remedy)


def note(topic: str, found: str, remedy: str = "") -> Line:
    """Return a line about something worth knowing."""
    return Line(topic=topic, health=Health.NOTE, found=found, remedy=remedy)


def tried(topic: str, examine: Callable[[], Iterator[Line]]) -> Iterator[Line]:
    """Yield the lines of an examination; what stops it would stop an `up` too, and is a line with its sentence."""
    try:
        yield from examine()
    except (CloudError, ClusterError, EndpointError, OpsError) as error:
        yield stopping(topic, str(error))


def once(lines: Iterable[Line]) -> Iterator[Line]:
    """Leave out a problem that was named before, in the same words or within more of them."""
    named: list[str] = []
    for line in lines:
        if line.health is Health.PROBLEM:
            # Each call of the cloud has a number of its own.
            found = _REQUEST.sub("", line.found)
            if any(found in one for one in named):
                continue
            named.append(found)
        yield line
