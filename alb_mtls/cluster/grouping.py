"""Findings that are alike as one: what is to be done about all of them stands once. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from operator import attrgetter

from alb_mtls.cluster.findings import Finding
from alb_mtls.cluster.severity import severity
from alb_mtls.listing import MOST_NAMES, listing, wrapped
from alb_mtls.natural_order import NaturalKey, natural
from alb_mtls.redaction import one_line


@dataclass(frozen=True, kw_only=True)
class Group:
    """Findings of one code with one remedy.

    Attributes:
        code: of all of them.
        subjects: what they are about, each once.
        evidence: what was found: one sentence when it is the same for all subjects, or several about the one subject;
            else each begins with its subject.
        remedy: of all of them.
    """

    code: str
    subjects: tuple[str, ...]
    evidence: tuple[str, ...]
    remedy: str

    @property
    def names_subjects(self) -> bool:
        """Whether each evidence names its subject itself."""
        return len(self.subjects) > 1 and len(self.evidence) > 1

    @property
    def found(self) -> str:
        """Subjects and evidence in one line, the first five of many and the number of the rest."""
        found = listing(self.evidence, between="; ")
        return one_line(found if self.names_subjects else f"{listing(self.subjects)}: {found}")

    @property
    def few(self) -> list[str]:
        """The first five of what was found, and the number of the rest, a line each."""
        rest = len(self.evidence) - MOST_NAMES
        return [*map(one_line, self.evidence[:MOST_NAMES]), *([f"and {rest} more"] if rest > 0 else [])]

    def lines(self, width: int) -> list[str]:
        """Return it as lines of at most `width` columns; only a word that is longer has more."""
        head = f"{len(self.evidence)} findings" if self.names_subjects else listing(self.subjects)
        lines = wrapped(f"{head} ({self.code})", width)
        for text in (*self.few, f"To do: {self.remedy}"):
            lines += wrapped(text, width, indent="  ")
        return lines

    @property
    def text(self) -> str:
        """All of it in one line."""
        return one_line(f"{self.found}; {self.remedy} ({self.code})")


def grouped(findings: Iterable[Finding]) -> tuple[Group, ...]:
    """Return findings in groups, the worst first, then as people count; what is found twice counts once."""
    alike: dict[tuple[str, str], list[Finding]] = {}
    for one in sorted(set(findings), key=_order):
        alike.setdefault((str(one.code), one.remedy), []).append(one)
    return tuple(_group(code, remedy, some) for (code, remedy), some in alike.items())


def _order(finding: Finding) -> tuple[int, NaturalKey, NaturalKey, NaturalKey]:
    return (severity(finding.code), natural(finding.subject), natural(finding.evidence), natural(finding.remedy))


def _group(code: str, remedy: str, findings: list[Finding]) -> Group:
    subjects, evidence = (_each_once(map(attrgetter(name), findings)) for name in ("subject", "evidence"))
    if len(subjects) > 1 and len(evidence) > 1:
        evidence = tuple(f"{one.subject}: {one.evidence}" for one in findings)
    return Group(code=code, subjects=subjects, evidence=evidence, remedy=remedy)


def _each_once(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(texts))
