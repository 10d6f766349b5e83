"""Findings that somebody has accepted until a day: shown, and counted no more until that day has ended."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final

from alb_mtls.cluster.findings import Finding, FindingCode
from alb_mtls.cluster.grouping import grouped
from alb_mtls.listing import listing
from alb_mtls.redaction import one_line

JUDGED_TWICE: Final = frozenset(
    {
        FindingCode.HTTPS_WITHOUT_CLIENT_AUTH,
        FindingCode.OTHER_ROUTE,
        FindingCode.FORGEABLE_HEADERS,
        FindingCode.WEAK_TLS_POLICY,
    }
)
"""What a preview judges by the AlbConfig, and `status` by the ALB API: what one does not find, the other may."""


@dataclass(frozen=True, kw_only=True)
class AcceptedFinding:
    """One entry of `accept`.

    Attributes:
        code: of the finding.
        subject: of the finding, as `status --json` gives it.
        until: the last day on which it is accepted, in UTC.
        reason: for whoever reads it later.
    """

    code: str
    subject: str
    until: date
    reason: str

    def has_ended(self, now: datetime) -> bool:
        """Say whether its last day is over; `now` is aware."""
        return now.astimezone(UTC).date() > self.until

    def is_about(self, finding: Finding) -> bool:
        """Say whether it names a finding, whatever the day."""
        return self.code == finding.code and self.subject == one_line(finding.subject)


@dataclass(frozen=True, kw_only=True)
class Accepted:
    """A finding with the entry that accepts it."""

    finding: Finding
    by: AcceptedFinding

    @property
    def text(self) -> str:
        """The finding in one line, with who accepts it until when."""
        until = f"accepted until {self.by.until:%Y-%m-%d}: {self.by.reason}"
        return one_line(f"{self.finding.subject}: {self.finding.evidence}; {until} ({self.finding.code})")

    def to_json(self) -> dict[str, str]:
        """Return it for scripts: the finding with `until` (a day) and `reason`."""
        return {**self.finding.to_json(), "until": self.by.until.isoformat(), "reason": one_line(self.by.reason)}


def sort_out(
    findings: Iterable[Finding], accepted: Sequence[AcceptedFinding], now: datetime
) -> tuple[tuple[Finding, ...], tuple[Accepted, ...]]:
    """Part findings into those that count and those that somebody has accepted; both keep their order.

    Args:
        findings: all of them.
        accepted: the entries of the configuration, those that have ended among them.
        now: aware.
    """
    in_force = [one for one in accepted if not one.has_ended(now)]
    counting, passed = [], []
    for finding in findings:
        by = next((one for one in in_force if one.is_about(finding)), None)
        if by is None:
            counting.append(finding)
        else:
            passed.append(Accepted(finding=finding, by=by))
    return tuple(counting), tuple(passed)


def accepted_lines(accepted: Iterable[Accepted]) -> list[str]:
    """Return a line for each entry that accepts something, and what was found below it.

    Entries of one code with one day and one reason share them. An entry may have been made for less than is found now.
    """
    alike: dict[tuple[str, date, str], list[Finding]] = {}
    for one in accepted:
        alike.setdefault((one.finding.code, one.by.until, one.by.reason), []).append(one.finding)
    lines = []
    for (code, until, reason), findings in alike.items():
        subjects = listing(list(dict.fromkeys(one.subject for one in findings)))
        lines.append(one_line(f"{subjects}: accepted until {until:%Y-%m-%d}: {reason} ({code})"))
        lines += [f"  {one}" for group in grouped(findings) for one in group.few]
    return lines


def superfluous(
    findings: Sequence[Finding], accepted: Sequence[AcceptedFinding], now: datetime, *, codes: Iterable[str]
) -> tuple[str, ...]:
    """Return one sentence for each entry of `accept` that can be removed: it has ended, or nothing is as it says.

    Args:
        findings: all that were found, accepted or not.
        accepted: the entries of the configuration, in its order.
        now: aware.
        codes: what was looked for, and could be looked at everywhere; an entry of another code may be needed.
    """
    looked_for, sentences = set(codes), []
    for index, one in enumerate(accepted):
        what = f"accept[{index}] ({one.code}, {one.subject})"
        matches = any(one.is_about(finding) for finding in findings)
        if one.has_ended(now):
            counts = ", and what it accepted counts again" if matches else ""
            sentences.append(f"{what} has ended on {one.until:%Y-%m-%d}{counts}; remove it")
        elif not matches and one.code in looked_for:
            sentences.append(f"{what} matches nothing; remove it")
    return tuple(map(one_line, sentences))
