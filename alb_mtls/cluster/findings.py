"""What a finding is: something that weakens mutual authentication on a listener, with evidence and remedy."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

from alb_mtls.redaction import one_line

# A new generation of the root CA has to reach every client before the old one ends.
CA_EXPIRES_SOON: Final = timedelta(days=30)


class FindingCode(StrEnum):
    """What the program and ops both can find; docs/reference/operations.md has the codes, which scripts read."""

    HTTP_FORWARDS = "HTTP_FORWARDS"
    QUIC_LISTENER = "QUIC_LISTENER"
    HTTPS_WITHOUT_CLIENT_AUTH = "HTTPS_WITHOUT_CLIENT_AUTH"
    OTHER_ROUTE = "OTHER_ROUTE"
    GATEWAY_ROUTE = "GATEWAY_ROUTE"
    SERVICE_EXPOSED = "SERVICE_EXPOSED"
    WEAK_TLS_POLICY = "WEAK_TLS_POLICY"
    UNMANAGED_LISTENER = "UNMANAGED_LISTENER"
    FORGEABLE_HEADERS = "FORGEABLE_HEADERS"
    EDITION_REVERT = "EDITION_REVERT"
    CA_EXPIRING = "CA_EXPIRING"
    UNEXPECTED_CA = "UNEXPECTED_CA"
    UNEXPECTED_HOST = "UNEXPECTED_HOST"
    OTHER_WRITER = "OTHER_WRITER"


BYPASSES: Final = frozenset(
    {
        FindingCode.HTTP_FORWARDS,
        FindingCode.QUIC_LISTENER,
        FindingCode.HTTPS_WITHOUT_CLIENT_AUTH,
        FindingCode.OTHER_ROUTE,
        FindingCode.GATEWAY_ROUTE,
        FindingCode.SERVICE_EXPOSED,
    }
)
"""Codes of the ways on which requests reach a host without the check of its listener."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing to know.

    Attributes:
        code: for scripts; codes that only ops can find are its own.
        subject: what it is about, such as `listener 80/HTTP of AlbConfig alb`.
        evidence: what was found.
        remedy: what to do about it.
    """

    code: str
    subject: str
    evidence: str
    remedy: str

    @property
    def text(self) -> str:
        """The finding in one line, as preview and up warn of it."""
        return one_line(f"{self.subject}: {self.evidence}; {self.remedy} ({self.code})")

    def to_json(self) -> dict[str, str]:
        """Return it for scripts, as the stack's output `listeners` and the commands of ops have it."""
        return {
            "code": str(self.code),
            "subject": one_line(self.subject),
            "evidence": one_line(self.evidence),
            "remedy": one_line(self.remedy),
        }


def ca_expiring(
    name: str,
    not_after: datetime,
    *,
    now: datetime,
    within: timedelta = CA_EXPIRES_SOON,
    purchased: bool = False,
) -> Finding | None:
    """Return the finding about a root CA that has ended or ends soon; None while it lasts longer.

    Args:
        name: how people know it, such as `generation 1`.
        not_after: its end; aware.
        now: aware.
        within: how soon is a finding.
        purchased: nobody but CAS signs with it, so there is no cross certificate and no soft way to the next one.
    """
    if now < not_after - within:
        return None
    remedy = "make a new generation of the root CA while the old one still signs; its end ends every client"
    if purchased:
        remedy = (
            "get another CA in CAS, let it issue every client, and swap to it (docs/how-to/purchased-ca.md); the end "
            "of this one ends every client"
        )
    return Finding(
        code=FindingCode.CA_EXPIRING,
        subject=f"root CA {name}",
        evidence=ending(not_after, now),
        remedy=remedy,
    )


def ending(not_after: datetime, now: datetime) -> str:
    """Return how findings name the end of a certificate; both times aware."""
    end = f"{not_after.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    return f"ended on {end}" if not_after <= now else f"ends on {end}, in {time_left(not_after, now)}"


def time_left(end: datetime, now: datetime) -> str:
    """Return how long it is until a moment, in days, or for less than two of them in hours or minutes."""
    left = end - now
    for name, unit in (("days", timedelta(days=1)), ("hours", timedelta(hours=1))):
        if left >= 2 * unit:
            return f"{left // unit} {name}"
    minutes = left // timedelta(minutes=1)
    return {0: "less than a minute", 1: "1 minute"}.get(minutes, f"{minutes} minutes")
