"""One GET request over a stream, in HTTP/1.1 or HTTP/2, as far as it tells whether the client was let in."""

import http.client
import io
from dataclasses import dataclass
from typing import Literal, Protocol

from alb_mtls.handshake.tls import TlsError

HttpVersion = Literal["1.1", "2"]

ALPN = {"1.1": "http/1.1", "2": "h2"}
USER_AGENT = "alb-mtls"

_LONGEST_HEAD = 65536
# The pages of nginx and its kin have some 230 bytes; a page longer than this is not one of them.
_LONGEST_PAGE = 16384
_REFUSAL_STATUSES = frozenset({495, 496})  # nginx's own numbers, which it shows only when told to
_BAD_REQUEST = 400


class Stream(Protocol):
    """What a request goes over."""

    def send(self, data: bytes) -> None:
        """Send."""

    def receive(self) -> bytes:
        """Return the next bytes, none at the end."""


class NotHttpError(Exception):
    """What came back is no HTTP."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """The beginning of an HTTP answer.

    Attributes:
        status: its code.
        body: at most its first 16 KiB, and only of a status that may be a refusal.
    """

    status: int
    body: bytes = b""

    @property
    def is_certificate_page(self) -> bool:
        """Whether this is what nginx and its kin answer to a missing or bad certificate (x509-and-tls.md, D)."""
        if self.status in _REFUSAL_STATUSES:
            return True
        return self.status == _BAD_REQUEST and b"certificate" in self.body.lower()


def ask(stream: Stream, version: HttpVersion, *, host: str, path: str) -> Answer | None:
    """Send a GET request and return the answer; None when the stream ends before there is one.

    Raises:
        NotHttpError: it is no HTTP.
    """
    return _ask_http2(stream, host, path) if version == "2" else _ask_http1(stream, host, path)


def _ask_http1(stream: Stream, host: str, path: str) -> Answer | None:
    authority = f"[{host}]" if ":" in host else host
    fields = {"Host": authority, "User-Agent": USER_AGENT, "Accept": "*/*", "Connection": "close"}
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    stream.send(f"GET {path} HTTP/1.1\r\n{head}\r\n".encode())
    received = b""
    while b"\r\n\r\n" not in received and len(received) < _LONGEST_HEAD:
        more = stream.receive()
        if not more:
            break
        received += more
    if not received:
        return None
    source = _Received(received)
    answer = http.client.HTTPResponse(source, method="GET")  # type: ignore[arg-type] # all it calls is makefile()
    try:
        answer.begin()
    except (http.client.HTTPException, ValueError):
        message = "what came back is no HTTP/1.1"
        raise NotHttpError(message) from None
    if answer.status != _BAD_REQUEST:
        return Answer(status=answer.status)
    wanted = min(answer.length if answer.length is not None else _LONGEST_PAGE, _LONGEST_PAGE)
    body = received.partition(b"\r\n\r\n")[2]
    while len(body) < wanted:
        more = _receive_more(stream)
        if not more:
            break
        body += more
    return Answer(status=answer.status, body=body)


def _receive_more(stream: Stream) -> bytes:
    """Return what comes after a status: how the connection ends then changes nothing about it."""
    try:
        return stream.receive()
    except TlsError:
        return b""


class _Received:
    """The one method of a socket that http.client calls."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def makefile(self, _mode: str) -> io.BytesIO:
        return io.BytesIO(self._data)


def _ask_http2(stream: Stream, host: str, path: str) -> Answer | None:
    from h2.config import H2Configuration
    from h2.connection import H2Connection
    from h2.events import ConnectionTerminated, DataReceived, ResponseReceived, StreamEnded, StreamReset
    from h2.exceptions import ProtocolError

    connection = H2Connection(H2Configuration(client_side=True))
    connection.initiate_connection()
    fields = [(":method", "GET"), (":authority", host), (":scheme", "https"), (":path", path)]
    connection.send_headers(1, [*fields, ("user-agent", USER_AGENT), ("accept", "*/*")], end_stream=True)
    stream.send(connection.data_to_send())
    status: int | None = None
    body = b""
    while True:
        data = stream.receive() if status is None else _receive_more(stream)
        if not data:
            break
        try:
            events = connection.receive_data(data)
        except ProtocolError:
            message = "what came back is no HTTP/2"
            raise NotHttpError(message) from None
        stream.send(connection.data_to_send())
        for event in events:
            if isinstance(event, ResponseReceived):
                status = int(dict(event.headers)[b":status"])
            elif isinstance(event, DataReceived):
                body += event.data
        ended = any(isinstance(event, StreamEnded | StreamReset | ConnectionTerminated) for event in events)
        if ended or (status is not None and (status != _BAD_REQUEST or len(body) >= _LONGEST_PAGE)):
            break
    return None if status is None else Answer(status=status, body=body)
