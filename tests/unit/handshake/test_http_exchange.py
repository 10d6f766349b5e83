"""Which answers are those of a listener that rejects a certificate, decided on bytes."""

import pytest
from h2.config import H2Configuration
from h2.connection import H2Connection

from alb_mtls.handshake.http_exchange import Answer, HttpVersion, NotHttpError, Request, request
from alb_mtls.handshake.tls import ConnectionCutError

HOST = "demo.alb.ingress.top"
NGINX_PAGE = b"<html><head><title>400 No required SSL certificate was sent</title></head></html>"


class ScriptedStream:
    """Hands out bytes; an exception among them is raised."""

    def __init__(self, *parts: bytes | Exception) -> None:
        """Take what is to be handed out."""
        self.sent = b""
        self._parts: list[bytes | Exception] = list(parts)

    def send(self, data: bytes) -> None:
        """Keep what is sent."""
        self.sent += data

    def receive(self) -> bytes:
        """Hand out the next part, at the end nothing."""
        part = self._parts.pop(0) if self._parts else b""
        if isinstance(part, Exception):
            raise part
        return part


def http1(status: str, body: bytes = b"", length: int | None = None) -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body) if length is None else length}\r\n\r\n"
    return head.encode() + body


def http2(status: str, body: bytes) -> bytes:
    server = H2Connection(H2Configuration(client_side=False))
    server.initiate_connection()
    preamble = H2Connection(H2Configuration(client_side=True))
    preamble.initiate_connection()
    preamble.send_headers(1, [(":method", "GET"), (":path", "/"), (":scheme", "https"), (":authority", HOST)], True)
    server.receive_data(preamble.data_to_send())
    server.send_headers(1, [(":status", status)])
    server.send_data(1, body, end_stream=True)
    return server.data_to_send()


def answer_of(*parts: bytes | Exception, version: HttpVersion = "1.1") -> Answer | None:
    return request(ScriptedStream(*parts), version, Request(host=HOST, path="/"))


PAGE = Answer(status=400, body=NGINX_PAGE)


def test_the_request_names_host_and_path() -> None:
    stream = ScriptedStream(http1("200 OK", b"old\n"))
    request(stream, "1.1", Request(host=HOST, path="/a?b=c"))
    assert stream.sent.startswith(b"GET /a?b=c HTTP/1.1\r\nHost: demo.alb.ingress.top\r\n")
    assert stream.sent.endswith(b"\r\nConnection: close\r\n\r\n")


@pytest.mark.parametrize(
    ("status", "body", "rejects"),
    [
        *((status, b"certificate", False) for status in ("200 OK", "301 Moved", "401 No", "403 Forbidden", "503 No")),
        ("400 Bad Request", b"missing parameter q", False),
        ("400 Bad Request", NGINX_PAGE, True),
        ("495 Cert Error", b"", True),
        ("496 No Cert", b"", True),
    ],
)
def test_only_the_pages_of_nginx_reject_a_certificate(status: str, body: bytes, *, rejects: bool) -> None:
    answer = answer_of(http1(status, body))
    assert answer is not None
    assert (answer.status, answer.is_certificate_page) == (int(status[:3]), rejects)


@pytest.mark.parametrize("size", [1, 7, 64])
def test_a_page_that_comes_in_pieces_is_read_to_its_end(size: int) -> None:
    whole = http1("400 Bad Request", NGINX_PAGE)
    assert answer_of(*(whole[start : start + size] for start in range(0, len(whole), size))) == PAGE


def test_a_connection_that_is_cut_within_the_page_still_shows_the_page() -> None:
    assert answer_of(http1("400 Bad Request", NGINX_PAGE, length=9999), ConnectionCutError(closed=False)) == PAGE


def test_a_connection_that_is_cut_before_the_status_shows_as_cut() -> None:
    with pytest.raises(ConnectionCutError):
        answer_of(b"HTTP/1.1 20", ConnectionCutError(closed=False))


@pytest.mark.parametrize("version", ["1.1", "2"])
def test_an_end_without_an_answer_is_none(version: HttpVersion) -> None:
    assert answer_of(version=version) is None


@pytest.mark.parametrize(
    ("version", "answer"),
    # A greeting of a mail server; a DATA frame on stream 0 (RFC 9113, 6.1).
    [("1.1", b"220 mail.example ESMTP\r\n\r\n"), ("2", b"\x00\x00\x04\x00\x00\x00\x00\x00\x00oops")],
)
def test_what_is_not_http_is_named_as_that(version: HttpVersion, answer: bytes) -> None:
    with pytest.raises(NotHttpError, match=f"not HTTP/{version}"):
        answer_of(answer, version=version)


@pytest.mark.parametrize("status", ["ok", "", "-5", "20", "2000", "\u0663\u0663\u0663"])
def test_a_status_of_http2_that_is_none_is_not_http(status: str) -> None:
    assert answer_of(http2("203", b"old\n"), version="2") == Answer(status=203)
    with pytest.raises(NotHttpError, match="not HTTP/2"):
        answer_of(http2(status, b"old\n"), version="2")


def test_http2_answers_are_read_too() -> None:
    assert answer_of(http2("200", b"old\n"), version="2") == Answer(status=200)
    assert answer_of(http2("400", NGINX_PAGE), version="2") == PAGE
