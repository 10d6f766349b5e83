"""What a proof is made of: ways to a listener, clients, and what each of them met."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from alb_mtls.handshake.http_exchange import HttpVersion
from alb_mtls.handshake.observation import Observation, Verdict
from alb_mtls.handshake.target import Target
from alb_mtls.handshake.tls import TlsVersion


@dataclass(frozen=True, kw_only=True)
class ProbeRoute:
    """One address of a listener, asked in one version of TLS and HTTP."""

    target: Target
    tls: TlsVersion
    http: HttpVersion

    @property
    def label(self) -> str:
        """How messages name it."""
        return f"{self.target.label} (TLS {self.tls}, HTTP/{self.http})"


class Client(StrEnum):
    """Who asks."""

    WITH_CERTIFICATE = "with a certificate"
    WITHOUT_CERTIFICATE = "without a certificate"
    FOREIGN = "with a certificate of a foreign CA"
    FOREIGN_SAME_NAME = "with a certificate of a foreign CA that copies our CA's name"
    EXPIRED = "with a certificate that ended a day ago"
    RESUMED_WITH = "resuming a session that it opened with a certificate"
    RESUMED_WITHOUT = "resuming a session that was opened without a certificate before the switch"


class Expected(StrEnum):
    """What must become of a client."""

    LET_IN = "let in"
    REFUSED = "refused"
    UNSUPPORTED_VERSION = "not answered in this version"


@dataclass(frozen=True, kw_only=True)
class Check:
    """One client on one way.

    Attributes:
        way: that it took.
        client: who asked.
        expected: what must become of it.
        seen: what became of it.
        status_before: HTTP status on this way before the switch, None when nobody was let in then.
        fresh_asked: of a client that resumes an old session: whether one without was asked for a certificate on this
            way in the same round.
    """

    way: ProbeRoute
    client: Client
    expected: Expected
    seen: Observation
    status_before: int | None = None
    fresh_asked: bool = False

    @property
    def passed(self) -> bool:
        """Whether it met what it must."""
        if self.expected is Expected.UNSUPPORTED_VERSION:
            return self.seen.verdict is Verdict.UNSUPPORTED_VERSION
        if self.expected is Expected.LET_IN:
            return self.seen.let_in and self.same_answer and not self._still_asks
        if self.fresh_asked:
            # The listener has no need to ask whoever comes with an old session: it may as well turn that away at once.
            return self.seen.refused or self.seen.verdict is Verdict.UNSUPPORTED_VERSION
        # Without a question for a certificate, it was something else that refused: a firewall, or a broken server.
        return self.seen.refused and (self.seen.asked or self.seen.resumed)

    @property
    def _still_asks(self) -> bool:
        """Whether a client without a certificate may have been refused for that all the same."""
        return self.client is Client.WITHOUT_CERTIFICATE and self.seen.may_be_refusal

    @property
    def same_answer(self) -> bool:
        """Whether the status is of the class that it was before the switch, or no 5xx where that is unknown.

        A backend that was broken before, or that nobody needs to open the listener, is no reason to fail.
        """
        if self.seen.status is None:
            return False
        if self.status_before is None:
            return self.client is Client.WITHOUT_CERTIFICATE or not is_server_error(self.seen.status)
        return is_server_error(self.status_before) or self.seen.status // 100 == self.status_before // 100

    def as_dict(self) -> dict[str, Any]:
        """Return it for JSON."""
        return {
            "address": self.way.target.label,
            "host": self.way.target.host,
            "tls": self.way.tls,
            "http": self.way.http,
            "client": str(self.client),
            "expected": str(self.expected),
            "seen": self.seen.said,
            "verdict": str(self.seen.verdict),
            "status": self.seen.status,
            "alert": self.seen.alert,
            "asked": self.seen.asked,
            "offeredCas": list(self.seen.offered_names),
            "resumed": self.seen.resumed,
            "passed": self.passed,
        }


def is_server_error(status: int) -> bool:
    """Say whether an HTTP status is of class 5."""
    return status // 100 == 5  # noqa: PLR2004 - RFC 9110, 15.6


@dataclass(frozen=True, kw_only=True)
class Proof:
    """What handshakes have shown.

    Attributes:
        proven: whether all was shown that can be; False without a client certificate to try.
        at: when the last round ended; from then on the listener is known to behave.
        rounds: how many it took.
        checks: of the last round.
        note: what was not shown, and why: also versions that the listener does not speak, which spoils no proof.
    """

    proven: bool
    at: datetime
    rounds: int
    checks: Sequence[Check]
    note: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return it for JSON."""
        return {
            "proven": self.proven,
            "at": self.at.isoformat(timespec="seconds"),
            "rounds": self.rounds,
            "note": self.note,
            "checks": [check.as_dict() for check in self.checks],
        }
