"""How `status` reads to a person: the state of each listener, what is wrong, who is accepted, what ends when."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Final

from alb_mtls.cluster.acceptance import Accepted
from alb_mtls.cluster.findings import Finding
from alb_mtls.listing import listing
from ops.blocks import Block, Level
from ops.finding_blocks import accepted_block, blocks_of, blocks_of_unknown
from ops.listener_standing import ListenerStanding, StandingState
from ops.moments import ago, clock
from ops.output import Output
from ops.status import Status
from ops.status_rows import client_rows, end_rows, host_lines, writer_lines

_INDENT: Final = "    "
# Of listeners that are alike, of what is not known.
_MOST_LINES: Final = 5


def print_status(status: Status, output: Output) -> None:
    """Print a status."""
    output.line(f"stack {status.project}/{status.stack} at {clock(status.now)}")
    print_standings(status.standings, status.now, output)
    if status.rollover is not None:
        stands = all(one.state is StandingState.ENFORCED for one in status.standings)
        first = "" if stands else "as the last up left it, "
        output.text(f"{first}{status.rollover.line}", following=_INDENT)
    output.line()
    print_findings(status.findings, status.unknown, output)
    print_accepted(status.accepted, output)
    for sentence in status.superfluous:
        output.block(Block(level=Level.NOTE, subject=sentence))
    for block in blocks_of(status.notes, Level.NOTE):
        output.block(block)
    for plan in status.plans:
        for line in plan.lines(status.now):
            output.text(line, following=_INDENT)
    output.line()
    output.table("clients", ("client", "with its certificate", "listener"), client_rows(status))
    output.line()
    output.table("ends of certificates", ("certificate", "ends", "left", "an up renews it"), end_rows(status))
    output.line()
    for line in (*host_lines(status), *writer_lines(status)):
        output.text(line, following=_INDENT)


def print_standings(standings: Sequence[ListenerStanding], now: datetime, output: Output) -> None:
    """Print what each listener does, the worst first: a line each, and one for many that are alike."""
    for some in _alike(standings):
        word, level = some[0].word, some[0].level
        if len(some) > _MOST_LINES:
            line = (
                f"{len(some)} listeners: {some[0].headline}{_since(some, now)}: {listing([one.name for one in some])}"
            )
            output.text(line, following=_INDENT, word=word, level=level)
            for detail in _details(some):
                output.text(detail, first=_INDENT, following=_INDENT)
            continue
        for one in some:
            line = f"{one.name}: {one.headline}{_since([one], now)}"
            output.text(line, following=_INDENT, word=word, level=level)
            for detail in one.details:
                output.text(detail, first=_INDENT, following=_INDENT)


def print_findings(findings: Sequence[Finding], unknown: Sequence[str], output: Output) -> None:
    """Print findings with what to do about each, and what is not known."""
    if not findings:
        output.line("findings: none")
    for block in blocks_of(findings):
        output.block(block)
    for block in blocks_of_unknown(unknown):
        output.block(block)


def print_accepted(accepted: Iterable[Accepted], output: Output) -> None:
    """Print the findings that somebody has accepted; nothing where nobody has."""
    for one in accepted:
        output.block(accepted_block(one))


def _alike(standings: Iterable[ListenerStanding]) -> Iterator[list[ListenerStanding]]:
    """Yield listeners with the same headline together, the worst first; what is proven apart from what is not."""
    found: dict[tuple[Level, str, bool], list[ListenerStanding]] = {}
    for one in sorted(standings, key=lambda one: (list(Level).index(one.level), one.listener.place)):
        found.setdefault((one.level, one.headline, one.proven_at is None), []).append(one)
    yield from found.values()


def _details(some: Sequence[ListenerStanding]) -> Iterator[str]:
    """Yield what is to be known of listeners that are alike, with the names of those of which it is not true of all."""
    names: dict[str, list[str]] = {}
    for one in some:
        for detail in one.details:
            names.setdefault(detail, []).append(one.name)
    for detail, of in list(names.items())[:_MOST_LINES]:
        yield detail if len(of) == len(some) else f"{listing(of)}: {detail}"
    if len(names) > _MOST_LINES:
        yield f"and {len(names) - _MOST_LINES} more; --json has all of it"


def _since(some: Sequence[ListenerStanding], now: datetime) -> str:
    """Return since when listeners are open, or when they were proven to be what they are; nothing if one is not."""
    if some[0].state is StandingState.OPEN:
        since = [one.since for one in some if one.since is not None]
        each = ", each since" if len(some) > 1 else ", since"
        return "" if len(since) < len(some) else f"{each} {clock(max(since), now)} or before"
    moments = [one.proven_at for one in some if one.proven_at is not None]
    if len(moments) < len(some):
        return ""
    first, last = ago(min(moments), now), ago(max(moments), now)
    return f", proven {last}" if first == last else f", proven between {first} and {last}"
