"""From findings to blocks: worst first, what is alike as one, what has one cause as one, and few of many. Pure."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from alb_mtls.cluster.acceptance import Accepted
from alb_mtls.cluster.findings import Finding
from alb_mtls.cluster.grouping import Group, grouped
from alb_mtls.cluster.severity import severity
from alb_mtls.listing import listing
from alb_mtls.redaction import one_line
from ops.blocks import Block, Level
from ops.findings import OF_A_LISTENER, OpsFindingCode, head_of, level_of
from ops.other_writers import WROTE_LATER

# Of a code.
_MOST_BLOCKS: Final = 5
_MOST_EVIDENCE: Final = 5
_SHOWN_TWICE: Final = (*OF_A_LISTENER, OpsFindingCode.LISTENER_HELD)
# Of a check, as its way is named: the cause of what it met comes before it.
_BY_HANDSHAKE: Final = "(TLS "
_PARAGRAPH: Final = "\n"
_LABEL: Final = re.compile(r"(listener [0-9]+/[A-Z]+ of AlbConfig \S+): (.+)", re.DOTALL)


def blocks_of(findings: Iterable[Finding], level: Level | None = None) -> Iterator[Block]:
    """Yield findings as people read them; of many of one code the first few, and how many more there are.

    Args:
        findings: any.
        level: other than that of their codes, of notes.
    """
    shown: Counter[str] = Counter()
    rest: dict[str, list[str]] = {}
    for group in grouped(of_one_cause(list(findings))):
        shown[group.code] += 1
        if shown[group.code] > _MOST_BLOCKS:
            rest.setdefault(group.code, []).extend(group.subjects)
        else:
            yield _block(group, level)
    for code, subjects in rest.items():
        yield Block(
            level=level or level_of(code),
            subject=f"{len(subjects)} more of this kind",
            evidence=(listing(subjects),),
            remedy="--json has all of them",
            code=code,
        )


def blocks_of_unknown(sentences: Iterable[str]) -> Iterator[Block]:
    """Yield what is not known; what is the same of several listeners once."""
    listeners: dict[str, list[str]] = {}
    for sentence in sentences:
        found = _LABEL.fullmatch(sentence)
        listeners.setdefault(sentence if found is None else found[2], []).extend([] if found is None else [found[1]])
    for sentence, names in list(listeners.items())[:_MOST_BLOCKS]:
        if len(names) == 1:
            yield Block(level=Level.UNKNOWN, subject=names[0], what=sentence)
        else:
            yield Block(level=Level.UNKNOWN, subject=sentence, evidence=(listing(names),) if names else ())
    if len(listeners) > _MOST_BLOCKS:
        yield Block(level=Level.UNKNOWN, subject=f"{len(listeners) - _MOST_BLOCKS} more; --json has all of them")


def accepted_block(accepted: Accepted) -> Block:
    """Return a finding that somebody has accepted: until when, and why, stand first."""
    finding, by = accepted.finding, accepted.by
    return Block(
        level=Level.ACCEPTED,
        subject=f"until {by.until:%Y-%m-%d}: {by.reason}",
        evidence=(f"{finding.subject}: {finding.evidence}",),
        code=str(finding.code),
    )


def of_one_cause(findings: Sequence[Finding]) -> list[Finding]:
    """Return findings with those of a listener made one that say the same: its worst, with the evidence of all.

    An edit by hand is found in the AlbConfig, on the ALB and by handshakes, and its writer is another writer as well.
    """
    by_subject: dict[str, list[Finding]] = {}
    others = []
    for one in findings:
        if one.code in _SHOWN_TWICE or one.remedy == WROTE_LATER:
            by_subject.setdefault(one.subject, []).append(one)
        else:
            others.append(one)
    return [*others, *(one for some in by_subject.values() for one in _as_one(some))]


def _as_one(findings: list[Finding]) -> Iterator[Finding]:
    worst, *more = sorted(findings, key=lambda one: (severity(one.code), _BY_HANDSHAKE in one.evidence))
    if worst.code not in _SHOWN_TWICE:
        yield from findings
        return
    same = [worst, *(one for one in more if one.remedy == worst.remedy)]
    yield replace(worst, evidence=_PARAGRAPH.join(dict.fromkeys(one_line(one.evidence) for one in same)))
    # Who wrote later is named with what was written.
    yield from (one for one in more if one.remedy not in (worst.remedy, WROTE_LATER))


def _block(group: Group, level: Level | None) -> Block:
    evidence = [paragraph for one in group.evidence for paragraph in one.split(_PARAGRAPH)]
    subject, what = group.subjects[0], head_of(group.code, group.evidence)
    if len(group.subjects) > 1:
        subject, what = what, f"{len(group.subjects)} times"
        evidence = [one.replace(_PARAGRAPH, "; ") for one in group.evidence]
        if not group.names_subjects:
            evidence = [f"{listing(group.subjects)}: {'; '.join(evidence)}"]
    more = len(evidence) - _MOST_EVIDENCE
    if more > 0:
        evidence = [*evidence[:_MOST_EVIDENCE], f"and {more} more; --json has all of them"]
    return Block(
        level=level or level_of(group.code),
        subject=subject,
        what=what,
        evidence=tuple(evidence),
        remedy=group.remedy,
        code=group.code,
    )
