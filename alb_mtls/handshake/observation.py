"""The result of one request: a verdict, and all that helps to explain it."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from cryptography import x509

from alb_mtls.pki.name_constraints import whole_name

if TYPE_CHECKING:
    from alb_mtls.handshake.tls import TlsSession

# RFC 8446, 6 and RFC 5246, 7.2: those that servers send when they do not like a client or its certificate.
_ALERTS = {
    0: "close_notify",
    10: "unexpected_message",
    20: "bad_record_mac",
    22: "record_overflow",
    40: "handshake_failure",
    42: "bad_certificate",
    43: "unsupported_certificate",
    44: "certificate_revoked",
    45: "certificate_expired",
    46: "certificate_unknown",
    47: "illegal_parameter",
    48: "unknown_ca",
    49: "access_denied",
    50: "decode_error",
    51: "decrypt_error",
    70: "protocol_version",
    71: "insufficient_security",
    80: "internal_error",
    86: "inappropriate_fallback",
    90: "user_canceled",
    109: "missing_extension",
    110: "unsupported_extension",
    112: "unrecognized_name",
    116: "certificate_required",
    120: "no_application_protocol",
}


def alert_name(number: int) -> str:
    """Return the standard's name of a TLS alert."""
    return _ALERTS.get(number, "unknown alert")


class Verdict(StrEnum):
    """What became of a request.

    A rejection is one only after the client had shown its certificate, or that it has none, and sent its request: with
    TLS 1.3 the handshake of a client that will be rejected succeeds at first (docs/facts/x509-and-tls.md, Rejections).
    """

    ACCEPTED = "accepted"
    """The server answered the request, with whatever status."""
    REJECTED_BY_ALERT = "rejected by alert"
    """The server ended the connection with a TLS alert."""
    REJECTED_BY_RESET = "rejected by reset"
    """The server cut the connection instead of an answer: an alert can be lost on the way."""
    REJECTED_BY_PAGE = "rejected by page"
    """The server answered with the page for missing and bad certificates: HTTP 400, 495 or 496."""
    UNSUPPORTED_VERSION = "version not supported"
    """The server does not support the version of TLS or HTTP of the request."""
    UNREACHABLE = "unreachable"
    """No connection, no handshake, or no answer in time."""
    NOT_TLS = "not TLS"
    """Something answered, but not in TLS."""
    SERVER_NOT_TRUSTED = "server not trusted"
    """The server's certificate is not signed by the CA that was named, has ended, or is for another host."""


_BAD_REQUEST = 400
_REJECTIONS = frozenset({Verdict.REJECTED_BY_ALERT, Verdict.REJECTED_BY_RESET, Verdict.REJECTED_BY_PAGE})


@dataclass(frozen=True, kw_only=True)
class Observation:
    """The result of one request.

    Attributes:
        verdict: what became of it.
        status: of the HTTP answer, None without one.
        alert: number of the TLS alert that the server sent.
        reason: for people, of verdicts that speak of no client certificate.
        title: of the page of an HTTP 400; empty without.
        closed: whether the server ended the connection in good order instead of an answer, and cut it not.
        tls: negotiated version, such as `1.3`; None when the server chose none.
        finished: whether the handshake came to its end, for the client.
        requested: whether the server requested a client certificate in this handshake; in a resumed one it never does.
        ca_names: names of the CAs whose certificates the server accepts; empty when it does not name them.
        resumed: whether the server resumed the session that was offered.
        session: of this connection, to be offered again; None when the server gave none.
    """

    verdict: Verdict
    status: int | None = None
    alert: int | None = None
    reason: str = ""
    title: str = ""
    closed: bool = False
    tls: str | None = None
    finished: bool = False
    requested: bool = False
    ca_names: tuple[x509.Name, ...] = ()
    resumed: bool = False
    session: "TlsSession | None" = field(default=None, repr=False, compare=False)

    @property
    def accepted(self) -> bool:
        """Whether the client got through to HTTP."""
        return self.verdict is Verdict.ACCEPTED

    @property
    def rejected(self) -> bool:
        """Whether the client was rejected for its certificate, or for having none."""
        return self.verdict in _REJECTIONS

    @property
    def requests_none(self) -> bool:
        """Whether a whole handshake has shown that the server requests no certificate, whatever came after it."""
        return self.finished and not self.requested and not self.resumed

    @property
    def shows_listener(self) -> bool:
        """Whether it tells what the listener does with a client without a certificate."""
        return self.accepted or (self.rejected and self.requested)

    @property
    def is_bad_request(self) -> bool:
        """Whether the answer is HTTP 400: the status of most pages that reject a certificate, and of much else."""
        return self.status == _BAD_REQUEST

    @property
    def may_be_rejection(self) -> bool:
        """Whether HTTP 400 came after a certificate was requested, on a page that does not name one."""
        return self.accepted and self.requested and self.is_bad_request

    @property
    def summary(self) -> str:
        """For people: `accepted (HTTP 200)`, `rejected by alert unknown_ca (48)`."""
        if self.verdict is Verdict.REJECTED_BY_ALERT and self.alert is not None:
            return f"{self.verdict} {alert_name(self.alert)} ({self.alert})"
        if self.status is not None:
            return f"{self.verdict} (HTTP {self.status})"
        return f"{self.verdict} ({self.reason})" if self.reason else str(self.verdict)

    @property
    def ca_names_text(self) -> tuple[str, ...]:
        """The CA names as text (RFC 4514)."""
        return tuple(whole_name(name) for name in self.ca_names)
