"""How an examination reads to a person and to a script: what it comes to first, then worst first."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from ops.blocks import Block, Level
from ops.doctor.diagnosis import Health, Line
from ops.output import Output

_LEVELS = {
    Health.PROBLEM: Level.PROBLEM,
    Health.UNKNOWN: Level.UNKNOWN,
    Health.NOTE: Level.NOTE,
    Health.FINE: Level.FINE,
}


def summary_of(lines: Sequence[Line]) -> str:
    """Return what an examination comes to, in one line."""
    counts = Counter(line.health for line in lines)
    problems, notes = counts[Health.PROBLEM], counts[Health.NOTE]
    parts = [
        f"{problems} problem{'s' if problems > 1 else ''}" if problems else "",
        f"{counts[Health.UNKNOWN]} not known" if counts[Health.UNKNOWN] else "",
        f"{notes} note{'s' if notes > 1 else ''}" if notes else "",
        f"{counts[Health.FINE]} fine",
    ]
    return f"{', '.join(filter(None, parts))}: {_outcome(lines, counts)}"


def _outcome(lines: Sequence[Line], counts: "Counter[Health]") -> str:
    if any(line.stops_up for line in lines):
        return "an up would stop"
    if counts[Health.PROBLEM]:
        return "put the problems right, although none of them stops an up"
    if counts[Health.UNKNOWN]:
        return "nothing that could be looked at stops an up"
    return "nothing here stops an up"


def block_of(line: Line) -> Block:
    """Return a line as people read it."""
    return Block(level=_LEVELS[line.health], subject=line.topic, what=line.found, remedy=line.remedy)


def print_examination(lines: Sequence[Line], output: Output) -> None:
    """Print the summary, then problems, what is not known, notes, and in one paragraph what is fine."""
    output.line(summary_of(lines))
    for health in (Health.PROBLEM, Health.UNKNOWN, Health.NOTE):
        # What stops an up comes before other problems.
        for line in sorted((one for one in lines if one.health is health), key=lambda one: not one.stops_up):
            output.block(block_of(line))
    fine = Counter(line.topic for line in lines if line.health is Health.FINE)
    if fine:
        topics = ", ".join(topic if number == 1 else f"{topic} ({number})" for topic, number in fine.items())
        output.block(Block(level=Level.FINE, subject=topics))


def document_of(lines: Sequence[Line]) -> dict[str, Any]:
    """Return it for scripts; `upStops` is null where no problem was found and something is not known."""
    counts = Counter(line.health for line in lines)
    stops = any(line.stops_up for line in lines)
    return {
        "summary": {
            "problems": counts[Health.PROBLEM],
            "unknown": counts[Health.UNKNOWN],
            "notes": counts[Health.NOTE],
            "fine": counts[Health.FINE],
            "upStops": None if counts[Health.UNKNOWN] and not stops else stops,
        },
        "lines": [line.to_json() for line in lines],
    }
