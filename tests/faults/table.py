"""The tables of docs/evidence/faults-table.md, from what the tests recorded."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from tests.helpers.evidence import row, rule

OPERATIONS = ("up", "refresh", "second generation", "swap", "drop", "destroy")
"""In the order in which they are tried; three of them are the steps of a rollover, each an `up`."""
_LONGEST = 150
# What differs from run to run, and would make the same answer look like another one.
_VARIES = (
    (re.compile(r"\b(alb|lsn|cas)-(?=\w*\d)[a-z0-9]{8,}"), "ID"),
    (re.compile(r"\bcas-wh-[0-9a-f]+\b|\bLTAI\w+|(?<=\(request )[0-9A-F-]+"), "ID"),
    (re.compile(r"\b[0-9a-f]{8,}(-[a-z0-9-]+)?\b"), "ID"),
    (re.compile(r"127\.0\.0\.1:\d+"), "HOST"),
    (re.compile(r"\b\d+ attempts?\b"), "N attempts"),
    (re.compile(r"\b\d+(\.\d+)? s\b"), "N s"),
)


@dataclass(kw_only=True)
class Tried:
    """What came of one fault in one API and one operation: plain data, which passes from a test to the writer.

    Attributes:
        kind: of fault.
        lasting: whether every call met it.
        verdict: what was healed, or the sentence that was printed.
        left: how the listener was left where the operation failed.
        wrong: what does not hold, one sentence each.
    """

    kind: str
    lasting: bool
    service: str
    api: str
    operation: str
    verdict: str = ""
    left: str = ""
    wrong: list[str] = field(default_factory=list)

    def add(self, sentence: str) -> None:
        """Note what does not hold."""
        self.wrong.append(f"{self.kind} of {self.api} in {self.operation}: {sentence}")

    @property
    def call(self) -> str:
        """Service and API."""
        return f"{self.service} {self.api}"


@dataclass(frozen=True, kw_only=True)
class Throttled:
    """What an operation on many listeners cost at few requests a second."""

    listeners: int
    rate: int
    operation: str
    seconds: int
    calls: int
    throttled: int


@dataclass(kw_only=True)
class Tables:
    """Everything that was tried in one run."""

    tried: list[Tried] = field(default_factory=list)
    throttled: list[Throttled] = field(default_factory=list)

    @property
    def wrong(self) -> list[str]:
        """What does not hold."""
        return [sentence for one in self.tried for sentence in one.wrong]

    def passing(self) -> Iterator[str]:
        """Yield the table of faults that pass: an API each, faults as columns."""
        mine = [one for one in self.tried if not one.lasting]
        kinds = list(dict.fromkeys(one.kind for one in mine))
        yield row("API", "called in", *kinds)
        yield rule(2 + len(kinds))
        for call in sorted({one.call for one in mine}):
            cells = [[one for one in mine if (one.call, one.kind) == (call, kind)] for kind in kinds]
            called = {one.operation for cell in cells for one in cell}
            yield row(call, ", ".join(o for o in OPERATIONS if o in called), *(_cell(cell) for cell in cells))

    def lasting(self) -> Iterator[str]:
        """Yield a section for each fault that lasts: an API and an operation each."""
        mine = [one for one in self.tried if one.lasting]
        for kind in dict.fromkeys(one.kind for one in mine):
            yield from ("", f"### {kind}", "", row("API", "operation", "what came of it", "listener"), rule(4))
            of_kind = [one for one in mine if one.kind == kind]
            for one in sorted(of_kind, key=lambda each: (each.call, OPERATIONS.index(each.operation))):
                yield row(one.call, one.operation, _marked(one, first_words(one.verdict)), one.left or "as desired")

    def figures(self) -> Iterator[str]:
        """Yield the table of many listeners at few requests a second."""
        yield row("listeners", "requests a second per API", "operation", "took", "calls of the cloud", "throttled")
        yield rule(6)
        for one in self.throttled:
            yield row(one.listeners, one.rate, one.operation, f"{one.seconds} s", one.calls, one.throttled)


def first_words(sentence: str) -> str:
    """Return the beginning of a sentence on one line, without what differs from run to run."""
    plain = " ".join(sentence.split())
    for pattern, instead in _VARIES:
        plain = pattern.sub(instead, plain)
    plain = plain.replace("|", "\\|")
    return plain if len(plain) <= _LONGEST else f"{plain[:_LONGEST].rsplit(' ', 1)[0]} ..."


def _cell(tried: Sequence[Tried]) -> str:
    verdicts = {one.operation: _marked(one, first_words(one.verdict)) for one in tried}
    if len(set(verdicts.values())) <= 1:
        return next(iter(verdicts.values()), "not tried")
    return "; ".join(f"{operation}: {verdicts[operation]}" for operation in OPERATIONS if operation in verdicts)


def _marked(one: Tried, verdict: str) -> str:
    return f"**wrong**: {verdict}" if one.wrong else verdict
