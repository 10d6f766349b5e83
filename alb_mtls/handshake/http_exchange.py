"""One request over a stream, in HTTP/1.1 or HTTP/2, as far as it tells whether the client was accepted."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, Protocol

import h11
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import ConnectionTerminated, DataReceived, ResponseReceived, StreamEnded, StreamReset
from h2.exceptions import ProtocolError

from alb_mtls.handshake.tls import TlsError

HttpVersion = Literal["1.1", "2"]

ALPN = {"1.1": "http/1.1", "2": "h2"}
USER_AGENT = "alb-mtls"

_LONGEST_HEAD = 65536
# The pages of nginx and its kin have some 230 bytes; a page longer than this is not one of them.
_LONGEST_PAGE = 16384
_REJECTION_STATUSES = frozenset({495, 496})  # nginx's own numbers, which it shows only when configured to
_BAD_REQUEST = 400
_STATUS = re.compile(rb"[1-9][0-9]{2}")
_TITLE = re.compile(rb"<title>([^<]{1,200})</title>", re.IGNORECASE)


class Stream(Protocol):
    """What a request goes over."""

    def send(self, data: bytes) -> None:
        """Send."""

    def receive(self) -> bytes:
        """Return the next bytes, none at the end."""


class NotHttpError(Exception):
    """What came back is not HTTP."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """The beginning of an HTTP answer.

    Attributes:
        status: its code.
        body: at most its first 16 KiB, and only of a status that may be a rejection, unless it was to be read.
    """

    status: int
    body: bytes = b""

    @property
    def is_certificate_page(self) -> bool:
        """Whether this is how nginx and its kin reject a client (docs/facts/x509-and-tls.md, Rejections)."""
        if self.status in _REJECTION_STATUSES:
            return True
        return self.status == _BAD_REQUEST and b"certificate" in self.body.lower()

    @property
    def title(self) -> str:
        """Of the page; empty when the body has none, or was not read."""
        found = _TITLE.search(self.body)
        return found[1].decode(errors="replace").strip() if found else ""


@dataclass(frozen=True, kw_only=True)
class Request:
    """What is sent.

    Attributes:
        headers: further ones.
        reads_body: whether the answer is read to its end, at most 64 KiB of it; mostly only its status counts.
    """

    host: str
    path: str
    method: str = "GET"
    user_agent: str = USER_AGENT
    headers: tuple[tuple[str, str], ...] = ()
    reads_body: bool = False

    @property
    def authority(self) -> str:
        """The host as HTTP writes it."""
        return f"[{self.host}]" if ":" in self.host else self.host


def request(stream: Stream, version: HttpVersion, sent: Request) -> Answer | None:
    """Send a request and return the answer; None when the stream ends before there is one.

    Raises:
        NotHttpError: it is not HTTP.
    """
    exchange = _Http2(stream) if version == "2" else _Http1(stream)
    exchange.send(sent)
    status, body = None, b""
    try:
        for part in exchange.parts():
            if isinstance(part, int):
                status = part
            else:
                body += part
            if sent.reads_body:
                if len(body) >= _LONGEST_HEAD:
                    break
            elif status != _BAD_REQUEST or len(body) >= _LONGEST_PAGE:
                break
    # How the connection ends after a status changes nothing about it.
    except TlsError:
        if status is None:
            raise
    except (h11.RemoteProtocolError, ProtocolError):
        if status is None:
            message = f"what came back is not HTTP/{version}"
            raise NotHttpError(message) from None
    return None if status is None else Answer(status=status, body=body)


class _Http1:
    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._connection = h11.Connection(h11.CLIENT, max_incomplete_event_size=_LONGEST_HEAD)

    def send(self, sent: Request) -> None:
        fields = [("Host", sent.authority), ("User-Agent", sent.user_agent), ("Accept", "*/*"), ("Connection", "close")]
        fields += sent.headers
        head = self._connection.send(h11.Request(method=sent.method, target=sent.path, headers=fields))
        self._connection.send(h11.EndOfMessage())
        self._stream.send(head or b"")

    def parts(self) -> Iterator[int | bytes]:
        """Yield the status, then the body as it comes."""
        received = False
        while True:
            event = self._connection.next_event()
            if event is h11.NEED_DATA:
                data = self._stream.receive()
                if not data and not received:
                    return
                received = True
                self._connection.receive_data(data)
            elif isinstance(event, h11.Response):
                yield event.status_code
            elif isinstance(event, h11.Data):
                yield bytes(event.data)
            elif isinstance(event, h11.EndOfMessage):
                return


class _Http2:
    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._connection = H2Connection(H2Configuration(client_side=True))

    def send(self, sent: Request) -> None:
        self._connection.initiate_connection()
        fields = [(":method", sent.method), (":authority", sent.authority), (":scheme", "https"), (":path", sent.path)]
        self._connection.send_headers(
            1, [*fields, ("user-agent", sent.user_agent), ("accept", "*/*"), *sent.headers], end_stream=True
        )
        self._stream.send(self._connection.data_to_send())

    def parts(self) -> Iterator[int | bytes]:
        """Yield the status, then the body as it comes."""
        while data := self._stream.receive():
            events = self._connection.receive_data(data)
            self._stream.send(self._connection.data_to_send())
            for event in events:
                if isinstance(event, ResponseReceived):
                    status = status_of(dict(event.headers)[b":status"])
                    if status is None:
                        message = "what came back is not HTTP/2"
                        raise NotHttpError(message)
                    yield status
                elif isinstance(event, DataReceived):
                    yield event.data
            if any(isinstance(event, StreamEnded | StreamReset | ConnectionTerminated) for event in events):
                return


def status_of(text: bytes) -> int | None:
    """Return a status, which the packages of HTTP/2 and 3 take in any form; None when it is none (RFC 9110, 15)."""
    return int(text) if _STATUS.fullmatch(text) else None
