"""What an examination says: lines, each fine, or with cause and remedy."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from alb_mtls.aliyun.endpoints import EndpointError
from alb_mtls.aliyun.errors import CloudError
from alb_mtls.cluster.errors import ClusterError
from ops.errors import OpsError


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
    """

    topic: str
    health: Health
    found: str
    remedy: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return it for scripts."""
        return {"topic": self.topic, "health": str(self.health), "found": self.found, "remedy": self.remedy}


def fine(topic: str, found: str) -> Line:
    """Return a line about something that is as it should be."""
    return Line(topic=topic, health=Health.FINE, found=found)


def problem(topic: str, found: str, remedy: str = "") -> Line:
    """Return a line about something that must be put right."""
    return Line(topic=topic, health=Health.PROBLEM, found=found, remedy=remedy)


def unknown(topic: str, found: str, remedy: str = "") -> Line:
    """Return a line about something that could not be tried."""
    return Line(topic=topic, health=Health.UNKNOWN, found=found, remedy=remedy)


def note(topic: str, found: str, remedy: str = "") -> Line:
    """Return a line about something worth knowing."""
    return Line(topic=topic, health=Health.NOTE, found=found, remedy=remedy)


def tried(topic: str, examine: Callable[[], Iterator[Line]]) -> Iterator[Line]:
    """Yield the lines of an examination; what stops it is a line too, with the sentence of its error."""
    try:
        yield from examine()
    except (CloudError, ClusterError, EndpointError, OpsError) as error:
        yield problem(topic, str(error))
