"""What an answer says, whatever its client: accepted or rejected, and how."""

import re
from collections.abc import Iterable
from enum import StrEnum

from tests.clients.bundles import NONE
from tests.clients.one_request import Answer
from tests.clients.programs import Client
from tests.clients.servers import Server, Style


class Outcome(StrEnum):
    """Alerts are named as in RFC 8446, section 6; TLS 1.2 has the same but for the last."""

    ACCEPTED = "accepted"
    HANDSHAKE_FAILURE = "handshake_failure"
    BAD_CERTIFICATE = "bad_certificate"
    UNSUPPORTED_CERTIFICATE = "unsupported_certificate"
    CERTIFICATE_EXPIRED = "certificate_expired"
    UNKNOWN_CA = "unknown_ca"
    CERTIFICATE_REQUIRED = "certificate_required"
    NOTHING_SENT_PAGE = "page that says that no certificate was sent"
    REFUSED_PAGE = "page that refuses the certificate"
    SERVER_BLAMED = "the server's certificate is said not to verify"
    CUT_OFF = "connection cut off"
    SILENCE = "no answer in time"
    UNKNOWN = "something else"


# In the words of OpenSSL, Go, Java and rustls, once they are in lower case and apart.
_WORDS: dict[Outcome, str] = {
    Outcome.HANDSHAKE_FAILURE: r"handshake failure",
    Outcome.BAD_CERTIFICATE: r"bad certificate",
    Outcome.UNSUPPORTED_CERTIFICATE: r"unsupported certificate",
    Outcome.CERTIFICATE_EXPIRED: r"certificate expired|expired certificate",
    Outcome.UNKNOWN_CA: r"unknown ca\b|unknown certificate authority",
    Outcome.CERTIFICATE_REQUIRED: r"certificate required",
    Outcome.NOTHING_SENT_PAGE: r"^400 no required ssl certificate was sent",
    Outcome.REFUSED_PAGE: r"^400 the ssl certificate error",
    Outcome.SERVER_BLAMED: r"^curl 60 ssl certificate",
    Outcome.CUT_OFF: (
        r"connection reset|reset by peer|econnreset|broken pipe|epipe|\beof\b|not connected|socket hang up"
        r"|disconnected before secure tls connection|remote end closed|empty reply|received no bytes"
        r"|not closed cleanly|terminated the handshake|closed the channel|without sending tls close notify"
    ),
    Outcome.SILENCE: r"timed out",
}
_OPENSSL = {
    "another CA": Outcome.UNKNOWN_CA,
    "another CA with our DN": Outcome.UNKNOWN_CA,
    "expired": Outcome.CERTIFICATE_EXPIRED,
    "not yet valid": Outcome.BAD_CERTIFICATE,
    "wrong EKU": Outcome.UNSUPPORTED_CERTIFICATE,
}
_GO = _OPENSSL | {"not yet valid": Outcome.CERTIFICATE_EXPIRED, "wrong EKU": Outcome.BAD_CERTIFICATE}


def shown(answer: Answer) -> str:
    """Return what a person sees of a refusal, without what differs from one time to the next."""
    if answer.status:
        title = re.search(r"<title>(?:\d+ )?(.*?)</title>", answer.body)
        return f"{answer.status} {title[1] if title else ''}".strip()
    # Java repeats the exception as its own cause; curl explains error 60 in a second paragraph.
    lines = [line.removeprefix("Caused by: ") for line in answer.printed.partition("More details here")[0].splitlines()]
    text = "; ".join(dict.fromkeys(filter(None, lines)))
    # Node.js prints the thread and the place in OpenSSL's source; ports are ephemeral.
    return re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:PORT", re.sub(r"[0-9A-F]{16}:(?=error:)|\.\./\S+?:\d+:", "", text))


def outcome(text: str) -> Outcome:
    """Tell what a text that `shown` returned says."""
    if text.startswith("200"):
        return Outcome.ACCEPTED
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text)
    words = re.sub(r"[^a-z0-9]+", " ", apart.lower())
    return next((each for each, known in _WORDS.items() if re.search(known, words)), Outcome.UNKNOWN)


def expected(client: Client, server: Server, kind: str, tls: str) -> Outcome:
    """Return how a server refuses a kind of client, as this client shows it; the alert may still get lost."""
    chosen = NONE if kind == "another CA" and client.chooses_by_ca and server.names_cas else kind
    if server.style is Style.PAGE:
        return Outcome.NOTHING_SENT_PAGE if chosen == NONE else Outcome.REFUSED_PAGE
    if chosen == NONE:
        return Outcome.CERTIFICATE_REQUIRED if tls == "1.3" else Outcome.HANDSHAKE_FAILURE
    alert = (_GO if server.style is Style.GO else _OPENSSL)[chosen]
    blamed = client.blames_server and tls == "1.2" and alert is Outcome.CERTIFICATE_EXPIRED
    return Outcome.SERVER_BLAMED if blamed else alert


def allowed(client: Client, server: Server, kind: str, tls: str) -> Iterable[Outcome]:
    """Return `expected`, and a cut connection where an alert may get lost (the lab's, too: 8 of 600 over TLS 1.3)."""
    rule = expected(client, server, kind, tls)
    return (rule,) if server.style is Style.PAGE else (rule, Outcome.CUT_OFF)
