"""What a proof is made of: routes to a listener, clients, and the result that each of them got."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from alb_mtls.handshake.http_exchange import HttpVersion
from alb_mtls.handshake.observation import Observation, Verdict
from alb_mtls.handshake.stretch import Answer, bound
from alb_mtls.handshake.target import Target
from alb_mtls.handshake.tls import TlsVersion
from alb_mtls.handshake.ways import ORDINARY, Way

OLD_VERSIONS: Sequence[TlsVersion] = ("1.0", "1.1")


@dataclass(frozen=True, kw_only=True)
class ProbeRoute:
    """One address of a listener, probed in one version of TLS and HTTP, and in one way."""

    target: Target
    tls: TlsVersion
    http: HttpVersion
    way: Way = ORDINARY

    @property
    def is_extra(self) -> bool:
        """Whether clients need not be served on it: then only one that is wrongly accepted fails a proof."""
        return self.way != ORDINARY or self.tls in OLD_VERSIONS

    @property
    def label(self) -> str:
        """How messages name it."""
        way = f", {self.way.name}" if self.way.name else ""
        return f"{self.target.label} (TLS {self.tls}, HTTP/{self.http}{way})"


class Client(StrEnum):
    """Who sends the request."""

    WITH_CERTIFICATE = "with a certificate"
    WITHOUT_CERTIFICATE = "without a certificate"
    GIVEN = "with the certificate of proof.client"
    OTHER_CA = "with a certificate of another CA"
    OTHER_CA_SAME_NAME = "with a certificate of another CA that copies name and key identifier of our CA"
    SELF_SIGNED = "with a certificate that it signed itself"
    EXPIRED = "with a certificate that ended a day ago"
    NOT_YET_VALID = "with a certificate that begins in a day"
    WRONG_USAGE = "with a certificate of our CA for servers only (extendedKeyUsage serverAuth)"
    WITH_CROSS = "with a certificate of the newest generation of our CA, and its cross certificate"
    STILL_WITH_CROSS = "with a certificate of the trusted generation of our CA, and its cross certificate"
    OLD_GENERATION = "with a certificate of another generation of our CA"
    OLD_GENERATION_WITH_ALL = (
        "with a certificate of another generation of our CA, and all certificates that any client sends beside it"
    )
    RESUMED_WITH = "resuming a session that it opened with a certificate"
    RESUMED_WITHOUT = "resuming a session that was opened without a certificate before the switch"
    RESUMED_OLD_GENERATION = (
        "resuming a session that was opened with a certificate of another generation of our CA before the switch"
    )
    RESUMED_ELSEWHERE = (
        "resuming a session that was opened without a certificate at another listener or for another host"
    )


class Expected(StrEnum):
    """What the result of a client must be."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    UNSUPPORTED_VERSION = "not answered in this version"
    NOT_ACCEPTED = "not accepted in this way"


@dataclass(frozen=True, kw_only=True)
class Check:
    """One client on one route.

    Attributes:
        route: that it took.
        client: who sent the request.
        expected: what the result must be.
        result: what it was.
        status_before: HTTP status on this route before the switch, None when nobody was accepted then.
        fresh_requested: of a client that resumes an old session: whether the listener requested a certificate from a
            new client on this route in the same round.
    """

    route: ProbeRoute
    client: Client
    expected: Expected
    result: Observation
    status_before: int | None = None
    fresh_requested: bool = False

    @property
    def passed(self) -> bool:
        """Whether the result is what it must be."""
        if self.expected is Expected.UNSUPPORTED_VERSION:
            return self.result.verdict is Verdict.UNSUPPORTED_VERSION
        if self.expected is Expected.NOT_ACCEPTED:
            return not self.result.accepted
        if self.expected is Expected.ACCEPTED:
            return self.result.accepted and self.same_status_class and not self._may_be_rejected
        if self.fresh_requested:
            # The listener need not request a certificate from who resumes an old session: it may reject that at once.
            return self.result.rejected or self.result.verdict is Verdict.UNSUPPORTED_VERSION
        # Where no certificate was requested, something else rejected the client: a firewall, or a broken server.
        return self.result.rejected and (self.result.requested or self.result.resumed)

    @property
    def answer(self) -> Answer:
        """What it shows of the machine that it met.

        A wrong answer is the one that the other setting of the listener gives. Whatever else is not as it must be, such
        as a rejection by a firewall or an error of the backend, shows nothing.
        """
        if self.passed:
            return Answer.RIGHT
        if self.expected is Expected.REJECTED and self.result.requests_none:
            # What is cut only after such a handshake met no listener that enforces, and no network that loses.
            return Answer.WRONG
        if self.expected is not Expected.ACCEPTED:
            return Answer.WRONG if self.result.accepted and not self.result.may_be_rejection else Answer.NONE
        rejected = (self.result.rejected and self.result.requested) or self._may_be_rejected
        return Answer.WRONG if rejected else Answer.NONE

    @property
    def _may_be_rejected(self) -> bool:
        """Whether a client without a certificate may have been rejected for that all the same."""
        return self.client is Client.WITHOUT_CERTIFICATE and self.result.may_be_rejection

    @property
    def same_status_class(self) -> bool:
        """Whether the status is of the class that it was before the switch, or no 5xx where that is unknown.

        A backend that was broken before, or that nobody needs to open the listener, is no reason to fail.
        """
        if self.result.status is None:
            return False
        if self.status_before is None:
            needs_backend = self.client is not Client.WITHOUT_CERTIFICATE and not self.route.is_extra
            return not (needs_backend and is_server_error(self.result.status))
        return is_server_error(self.status_before) or self.result.status // 100 == self.status_before // 100

    def as_dict(self) -> dict[str, Any]:
        """Return it for JSON."""
        return {
            "address": self.route.target.label,
            "host": self.route.target.host,
            "tls": self.route.tls,
            "http": self.route.http,
            "way": self.route.way.name,
            "client": str(self.client),
            "expected": str(self.expected),
            "result": self.result.summary,
            "verdict": str(self.result.verdict),
            "status": self.result.status,
            "alert": self.result.alert,
            "certificateRequested": self.result.requested,
            "caNames": list(self.result.ca_names_text),
            "resumed": self.result.resumed,
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
        rounds: of all clients, how many it took.
        checks: of the last round.
        note: what was not shown, and why: also versions that the listener does not support, which spoils no proof.
        connections: fresh ones in a row that were answered as they must be, at each address; 0 when it did not come to
            that.
        addresses_asked: `host:port` of each.
        addresses_known: of the ALB; empty when nobody could look them up.
        not_tried: what no request was sent for, and why.
        answers: what these connections have shown, for people; empty when it did not come to that.
    """

    proven: bool
    at: datetime
    rounds: int
    checks: Sequence[Check]
    note: str = ""
    connections: int = 0
    addresses_asked: Sequence[str] = ()
    addresses_known: Sequence[str] = ()
    not_tried: Sequence[str] = ()
    answers: Sequence[str] = ()

    @property
    def bound(self) -> float:
        """Share of machines, of those that connections from here are spread over, that may answer wrongly: at 95 %."""
        return bound(self.connections)

    def as_dict(self) -> dict[str, Any]:
        """Return it for JSON."""
        return {
            "proven": self.proven,
            "at": self.at.isoformat(timespec="seconds"),
            "rounds": self.rounds,
            "note": self.note,
            "connections": self.connections,
            "bound": self.bound,
            "addressesAsked": list(self.addresses_asked),
            "addressesKnown": list(self.addresses_known),
            "notTried": list(self.not_tried),
            "checks": [check.as_dict() for check in self.checks],
        }
