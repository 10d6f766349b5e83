"""One HTTP/3 request without a certificate: the evidence that a QUIC listener is a bypass.

A QUIC listener never requests a client certificate, and ALB prefers it for the rules that it shares with its HTTPS
listener (docs/facts/alibaba-cloud.md, QUIC).
"""

import asyncio
import logging
import ssl
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from aioquic.asyncio.client import connect
from aioquic.asyncio.protocol import QuicConnectionProtocol
from aioquic.h3.connection import H3_ALPN, H3Connection
from aioquic.h3.events import DataReceived, H3Event, HeadersReceived
from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.events import ConnectionTerminated, HandshakeCompleted, QuicEvent

from alb_mtls.handshake.errors import HandshakeError
from alb_mtls.handshake.http_exchange import USER_AGENT, Answer, status_of
from alb_mtls.handshake.observation import Observation, Verdict
from alb_mtls.handshake.target import Target

# QUIC carries TLS alerts as connection errors from this number on (RFC 9001, 4.8).
_CRYPTO_ERROR = 0x100
_ALERTS = 0x100
# bad_certificate to unknown_ca (RFC 8446, 6.2).
_OUR_ALERTS = frozenset(range(42, 49))


# aioquic logs why a connection ended; without a handler that would go to stderr, and what people need is returned.
logging.getLogger("quic").addHandler(logging.NullHandler())


def probe_http3(target: Target, *, deadline_seconds: float) -> Observation:
    """Open a new QUIC connection, send one GET request without a client certificate, and close.

    Args:
        target: where the request goes, and for what; its port is a UDP port here.
        deadline_seconds: for everything together.

    Returns:
        What happened; nothing that a server or network does is an exception.

    Raises:
        HandshakeError: the target itself is malformed.
    """
    # In a thread of its own, because the caller may be inside an event loop.
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(lambda: asyncio.run(_within(target, deadline_seconds))).result()


async def _within(target: Target, seconds: float) -> Observation:
    try:
        async with asyncio.timeout(seconds):
            return await _request(target)
    except TimeoutError:
        reason = f"no answer over QUIC within {seconds:g} s"
    except OSError as error:
        reason = error.strerror or "no QUIC connection"
    return Observation(verdict=Verdict.UNREACHABLE, reason=reason)


async def _request(target: Target) -> Observation:
    """Send one request and wait for its answer or for the end of the connection.

    Raises:
        OSError: there is no socket to be had.
        HandshakeError: the target itself is malformed.
    """
    ended: asyncio.Future[Observation] = asyncio.get_running_loop().create_future()

    def protocol(*arguments: Any, **options: Any) -> _Request:
        return _Request(*arguments, target=target, ended=ended, **options)

    host, port = target.endpoint
    async with connect(
        host, port, configuration=_configuration(target), create_protocol=protocol, wait_connected=False
    ) as connected:
        connected.transmit()
        return await ended


def _configuration(target: Target) -> QuicConfiguration:
    configuration = QuicConfiguration(is_client=True, alpn_protocols=H3_ALPN, server_name=target.host)
    if target.server_ca == "insecure":
        configuration.verify_mode = ssl.CERT_NONE
    elif target.server_ca != "system":
        try:
            configuration.load_verify_locations(cafile=target.server_ca)
        except OSError:
            message = f"no CA certificates can be read from {target.server_ca}; correct proof.serverCa"
            raise HandshakeError(message) from None
    return configuration


class _Request(QuicConnectionProtocol):
    def __init__(self, *arguments: Any, target: Target, ended: "asyncio.Future[Observation]", **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._target = target
        self._ended = ended
        self._http = H3Connection(self._quic)
        self._shook_hands = False
        self._status: int | None = None
        self._body = b""

    def _send(self) -> None:
        headers = [
            (b":method", b"GET"),
            (b":scheme", b"https"),
            (b":authority", self._target.host.encode()),
            (b":path", self._target.path.encode()),
            (b"user-agent", USER_AGENT.encode()),
        ]
        self._http.send_headers(self._quic.get_next_available_stream_id(), headers, end_stream=True)
        self.transmit()

    def quic_event_received(self, event: QuicEvent) -> None:
        if isinstance(event, HandshakeCompleted):
            self._shook_hands = True
            self._send()
        elif isinstance(event, ConnectionTerminated):
            self._end(_terminated(event.error_code, event.reason_phrase, shook_hands=self._shook_hands))
        for part in self._http.handle_event(event):
            self._take(part)

    def _take(self, part: H3Event) -> None:
        if isinstance(part, HeadersReceived):
            status = dict(part.headers).get(b":status")
            # Trailers have none (RFC 9114, 4.3).
            if status is not None:
                self._status = status_of(status)
                if self._status is None:
                    self._end(Observation(verdict=Verdict.UNREACHABLE, reason="what came back is not HTTP/3"))
        elif isinstance(part, DataReceived):
            self._body += part.data
        if self._status is not None and isinstance(part, HeadersReceived | DataReceived) and part.stream_ended:
            answer = Answer(status=self._status, body=self._body)
            verdict = Verdict.REJECTED_BY_PAGE if answer.is_certificate_page else Verdict.ACCEPTED
            self._end(Observation(verdict=verdict, status=self._status, tls="1.3"))

    def _end(self, observation: Observation) -> None:
        if not self._ended.done():
            self._ended.set_result(observation)


def _terminated(code: int, reason: str, *, shook_hands: bool) -> Observation:
    """Explain the end of a connection; a server that rejects a client does so after the client's handshake is done."""
    alert = code - _CRYPTO_ERROR if _CRYPTO_ERROR <= code < _CRYPTO_ERROR + _ALERTS else None
    if alert is not None and shook_hands:
        return Observation(verdict=Verdict.REJECTED_BY_ALERT, alert=alert, tls="1.3", requested=True)
    if alert in _OUR_ALERTS:
        # We sent it: a server has no certificate of ours to reject before it was shown one.
        return Observation(verdict=Verdict.SERVER_NOT_TRUSTED, reason=f"the server's certificate: {reason}")
    summary = f": {reason}" if reason else ""
    return Observation(verdict=Verdict.UNREACHABLE, reason=f"the QUIC connection ended with error {code}{summary}")
