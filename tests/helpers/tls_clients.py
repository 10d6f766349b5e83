"""Clients that were not written for this project: curl, Python's ssl, aioquic."""

import asyncio
import contextlib
import socket
import ssl
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from aioquic.asyncio.client import connect
from aioquic.asyncio.protocol import QuicConnectionProtocol
from aioquic.h3.connection import H3_ALPN, H3Connection
from aioquic.h3.events import DataReceived, HeadersReceived
from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.events import QuicEvent

from tests.helpers.certificates import ClientCredential

_SECONDS = 10


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a client got.

    Attributes:
        status: HTTP status, 0 when there was no answer.
        body: of the answer.
        error: how the client was refused, empty when it got an answer.
    """

    status: int = 0
    body: str = ""
    error: str = ""


def curl(url: str, *options: str) -> Answer:
    """Ask with curl; the error is its exit code."""
    arguments = ["curl", "--silent", "--show-error", "--max-time", str(_SECONDS), "--write-out", "\n%{http_code}"]
    run = subprocess.run([*arguments, *options, url], capture_output=True, text=True, check=False)
    if run.returncode != 0:
        return Answer(error=str(run.returncode))
    body, _, status = run.stdout.rpartition("\n")
    return Answer(status=int(status), body=body)


def python(
    address: str,
    *,
    host: str,
    server_ca: Path,
    version: ssl.TLSVersion,
    identity: ClientCredential | None,
    folder: Path,
) -> Answer:
    """Ask over TLS with a request that is sent and an answer that is read; the error is OpenSSL's reason."""
    client = ResumingClient(address, host=host, server_ca=server_ca, version=version)
    if identity is not None:
        identity.load_into(client.context, folder)
    return client.ask()


def _read_all(connection: ssl.SSLSocket) -> bytes:
    received = b""
    while data := connection.recv(65536):
        received += data
    return received


def _parsed(received: bytes) -> Answer:
    if not received:
        return Answer(error="EOF")
    head, _, body = received.decode().partition("\r\n\r\n")
    return Answer(status=int(head.split()[1]), body=body)


class ResumingClient:
    """A client that resumes its TLS session with each new connection.

    Attributes:
        context: to be given an identity.
        resumed: whether the last answer came over a resumed session.
    """

    def __init__(self, address: str, *, host: str, server_ca: Path, version: ssl.TLSVersion) -> None:
        """Take a server; see `python`."""
        self.context = ssl.create_default_context(cafile=str(server_ca))
        self.context.minimum_version = self.context.maximum_version = version
        self._address = urlsplit(f"//{address}")
        self._host = host
        self._session: ssl.SSLSession | None = None
        self.resumed = False

    def turn_to(self, address: str) -> None:
        """Ask another server from now on, with the session of this one."""
        self._address = urlsplit(f"//{address}")

    def ask(self) -> Answer:
        """Ask over a new connection, with the session of the last one that was answered."""
        request = f"GET / HTTP/1.1\r\nHost: {self._host}\r\nConnection: close\r\n\r\n"
        try:
            with (
                socket.create_connection((self._address.hostname, self._address.port), timeout=_SECONDS) as plain,
                self.context.wrap_socket(plain, server_hostname=self._host, session=self._session) as connection,
            ):
                connection.sendall(request.encode())
                answer = _parsed(_read_all(connection))
                self._session, self.resumed = connection.session, bool(connection.session_reused)
                return answer
        except ssl.SSLError as error:
            return Answer(error=error.reason or "EOF")
        except ConnectionError as error:
            return Answer(error=type(error).__name__)


class _Http3(QuicConnectionProtocol):
    """One request over HTTP/3."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._http = H3Connection(self._quic)
        self._status, self._body = 0, b""
        self._done: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()

    async def get(self, host: str) -> Answer:
        """Ask for `/`."""
        stream = self._quic.get_next_available_stream_id()
        names = {":method": "GET", ":scheme": "https", ":authority": host, ":path": "/"}
        self._http.send_headers(
            stream, [(name.encode(), value.encode()) for name, value in names.items()], end_stream=True
        )
        self.transmit()
        return await asyncio.wait_for(self._done, _SECONDS)

    def quic_event_received(self, event: QuicEvent) -> None:
        """Collect the answer."""
        for received in self._http.handle_event(event):
            if isinstance(received, HeadersReceived):
                self._status = int(dict(received.headers)[b":status"])
            if isinstance(received, DataReceived):
                self._body += received.data
            if isinstance(received, HeadersReceived | DataReceived) and received.stream_ended:
                with contextlib.suppress(asyncio.InvalidStateError):
                    self._done.set_result(Answer(status=self._status, body=self._body.decode()))


def http3(address: str, *, host: str, server_ca: Path) -> Answer:
    """Ask over HTTP/3, without any certificate."""

    async def ask() -> Answer:
        configuration = QuicConfiguration(alpn_protocols=H3_ALPN, server_name=host)
        configuration.load_verify_locations(cafile=str(server_ca))
        parts = urlsplit(f"//{address}")
        async with connect(
            parts.hostname or "", parts.port or 0, configuration=configuration, create_protocol=_Http3
        ) as protocol:
            assert isinstance(protocol, _Http3)
            return await protocol.get(host)

    return asyncio.run(ask())
