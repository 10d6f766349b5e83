"""TLS: its options, what a handshake shows, how it ends, and what can be resumed of it."""

from dataclasses import dataclass, field
from typing import Any, Literal

from alb_mtls.handshake.credentials import ClientCredential

TlsVersion = Literal["1.0", "1.1", "1.2", "1.3"]


class TlsError(Exception):
    """The handshake or the connection ended otherwise than by an orderly close; `HandshakeTrace` tells why."""


class ConnectionCutError(TlsError):
    """The server closed or reset the connection.

    Attributes:
        closed: whether it closed it, by close_notify or by FIN.
    """

    def __init__(self, *, closed: bool) -> None:
        """Say how, as the end of a sentence."""
        super().__init__("closed the connection" if closed else "reset the connection")
        self.closed = closed


class NotTrustedError(TlsError):
    """The server's certificate is not to be trusted; the text says why."""


@dataclass
class HandshakeTrace:
    """What a handshake showed so far.

    Attributes:
        answered: whether any byte came back.
        is_tls: False when the first byte was not of TLS.
        server_hello: whether the server chose version and cipher.
        certificate: whether the server sent its own, which it does not when it resumes a session.
        requested: whether it requested one of ours.
        finished: whether the handshake ended well, for the client.
        alert: number of the alert that came.
        error: OpenSSL's own words.
    """

    answered: bool = False
    is_tls: bool = True
    server_hello: bool = False
    certificate: bool = False
    requested: bool = False
    finished: bool = False
    alert: int | None = None
    error: str = ""


@dataclass(frozen=True, kw_only=True)
class TlsSession:
    """A session to be offered again, with what OpenSSL binds it to.

    Attributes:
        credential: that the session was opened with.
        verified: whether the server's certificate was.
    """

    credential: ClientCredential | None
    verified: bool = True
    context: Any = field(repr=False)
    session: Any = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class TlsOptions:
    """What a client offers.

    Attributes:
        version: the only one to offer, or None for those that are still in use.
        alpn: the only application protocol to offer, or None for no such extension.
        server_ca: `system`, `insecure` or a PEM file.
    """

    version: TlsVersion | None
    alpn: str | None
    server_ca: str
