"""What clients print is understood: alerts in each library's words, pages, and the many ways to say `cut off`.

Decides this from texts alone; that clients print them is for tests/clients to see.
"""

import pytest

from tests.clients.document import DOCUMENTED_CLIENTS, DOCUMENTED_SERVERS, LOST, Row, read_document, write_document
from tests.clients.one_request import Answer
from tests.clients.outcomes import Outcome, outcome, shown
from tests.clients.servers import Style
from tests.helpers.certificates import NOW
from tests.helpers.documents import REPOSITORY, read

PRINTED = {
    Outcome.UNKNOWN_CA: [
        "curl: (35) OpenSSL/3.0.19: error:0A000418:SSL routines::tlsv1 alert unknown ca",
        "ssl.SSLError: [SSL: TLSV1_ALERT_UNKNOWN_CA] tlsv1 alert unknown ca (_ssl.c:2580)",
        'Get "https://demo.alb.ingress.top/": remote error: tls: unknown certificate authority',
        "javax.net.ssl.SSLHandshakeException: Received fatal alert: unknown_ca",
        "received fatal alert: UnknownCA",
    ],
    # A lost alert.
    Outcome.CUT_OFF: [
        "curl: (56) OpenSSL SSL_read: Connection reset by peer, errno 104",
        "curl: (55) getpeername() failed with errno 107: Transport endpoint is not connected",
        "curl: (18) HTTP/2 stream 1 was not closed cleanly before end of the underlying stream",
        "curl: (52) Empty reply from server",
        "ConnectionResetError: [Errno 104] Connection reset by peer",
        "BrokenPipeError: [Errno 32] Broken pipe",
        "ssl.SSLEOFError: EOF occurred in violation of protocol (_ssl.c:2427)",
        "http.client.RemoteDisconnected: Remote end closed connection without response",
        'Get "https://demo.alb.ingress.top/": EOF',
        'Get "https://demo.alb.ingress.top/": write tcp 127.0.0.1:1->127.0.0.1:2: write: broken pipe',
        "java.io.IOException: HTTP/1.1 header parser received no bytes\nCaused by: java.io.EOFException: EOF reached",
        "javax.net.ssl.SSLHandshakeException: Remote host terminated the handshake",
        "Error: socket hang up [ECONNRESET]",
        "Error: Client network socket disconnected before secure TLS connection was established [ECONNRESET]",
        "peer closed connection without sending TLS close_notify",
        "Connection reset by peer (os error 104)",
    ],
    # No refusal.
    Outcome.UNKNOWN: [
        "curl: (7) Failed to connect to demo.alb.ingress.top port 443: Connection refused",
        "ssl.SSLCertVerificationError: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed",
        "tls: failed to verify certificate: x509: certificate signed by unknown authority because of that",
    ],
    Outcome.SILENCE: ["java.net.http.HttpTimeoutException: request timed out"],
}


@pytest.mark.parametrize(("expected", "printed"), [(kind, text) for kind, texts in PRINTED.items() for text in texts])
def test_one_outcome_is_recognised_in_the_words_of_every_client(expected: Outcome, printed: str) -> None:
    assert outcome(shown(Answer(printed=printed))) is expected


def test_a_page_is_shown_by_status_and_title() -> None:
    page = "<html><head><title>400 The SSL certificate error</title></head></html>"
    answer = Answer(status=400, body=page)
    assert shown(answer) == "400 The SSL certificate error"
    assert outcome(shown(answer)) is Outcome.REFUSED_PAGE


def test_an_answer_is_no_refusal() -> None:
    assert outcome(shown(Answer(status=200, body="old\n"))) is Outcome.ACCEPTED


def test_what_differs_each_time_is_not_shown() -> None:
    first = "read tcp 127.0.0.1:40000->127.0.0.1:443: 803CA3FFD97F0000:error:0A000418"
    second = "read tcp 127.0.0.1:50000->127.0.0.1:444: 8000000000000001:error:0A000418"
    assert shown(Answer(printed=first)) == shown(Answer(printed=second))


def test_the_document_can_be_read_as_it_was_written() -> None:
    printed = {style: f"refused by {style}" for style in DOCUMENTED_SERVERS}
    rows = {name: [Row(kind="expired", tls="1.2", printed=printed)] for name in DOCUMENTED_CLIENTS}
    lost = {name: f"{name} was cut off" for name in DOCUMENTED_CLIENTS}
    versions = dict.fromkeys(DOCUMENTED_CLIENTS, "1.0")
    said = read_document(write_document(rows, lost, versions=versions, today=NOW.date()))
    expected = {(name, "expired", "1.2", style): text for name in DOCUMENTED_CLIENTS for style, text in printed.items()}
    assert said == expected | {(name, LOST, "1.3", Style.CUT): text for name, text in lost.items()}


def test_the_page_begins_as_the_text_that_it_is_written_from() -> None:
    assert read("reference/clients.md").startswith((REPOSITORY / "tests/clients/introduction.md").read_text("utf-8"))
