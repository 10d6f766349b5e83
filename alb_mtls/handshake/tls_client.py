"""A TLS client that keeps what others throw away: the alert, the CA names of the server, the session.

Records are passed by hand between OpenSSL and the socket, because an alert that has arrived must be read even when
the next write fails: a server that rejects a client cuts the connection while that still sends its request.
"""

import socket
from collections.abc import Callable
from typing import Any, TypeVar

from cryptography import x509
from OpenSSL import SSL

from alb_mtls.addresses import is_ip_address
from alb_mtls.handshake.credentials import ClientCredential
from alb_mtls.handshake.deadline import Deadline
from alb_mtls.handshake.errors import HandshakeError
from alb_mtls.handshake.server_name import name_problem
from alb_mtls.handshake.tls import (
    ConnectionCutError,
    HandshakeTrace,
    NotTrustedError,
    TlsError,
    TlsOptions,
    TlsSession,
    TlsVersion,
)
from alb_mtls.pki.name_constraints import whole_name

_T = TypeVar("_T")
_CHUNK = 65536
_VERSIONS: dict[TlsVersion, int] = {
    "1.0": SSL.TLS1_VERSION,
    "1.1": SSL.TLS1_1_VERSION,
    "1.2": SSL.TLS1_2_VERSION,
    "1.3": SSL.TLS1_3_VERSION,
}
_TLS_RECORDS = (0x15, 0x16)  # alert, handshake (RFC 8446, 5.1)
# X509_V_ERR_* of OpenSSL that people meet.
_UNTRUSTED = {
    9: "is not valid yet",
    10: "has ended",
    18: "is self-signed",
    19: "is signed by a CA that is not trusted",
    20: "is signed by a CA that is not trusted",
    21: "is signed by a CA that is not trusted",
    26: "is not for servers",
}


def new_context(options: TlsOptions, credential: ClientCredential | None) -> SSL.Context:
    """Return an OpenSSL context.

    Raises:
        HandshakeError: the file of CAs cannot be read, or OpenSSL cannot use the credential.
    """
    context = SSL.Context(SSL.TLS_CLIENT_METHOD)
    if options.version in {"1.0", "1.1"}:
        # They sign with SHA-1, which OpenSSL leaves out of every higher level.
        context.set_cipher_list(b"DEFAULT:@SECLEVEL=0")
    context.set_min_proto_version(_VERSIONS[options.version or "1.2"])
    context.set_max_proto_version(_VERSIONS[options.version or "1.3"])
    context.set_session_cache_mode(SSL.SESS_CACHE_CLIENT)
    if options.server_ca == "system":
        context.set_default_verify_paths()
    elif options.server_ca != "insecure":
        try:
            context.load_verify_locations(options.server_ca)
        except SSL.Error:
            message = f"no CA certificates in PEM form can be read from {options.server_ca}; correct proof.serverCa"
            raise HandshakeError(message) from None
    if credential is not None:
        try:
            context.use_certificate(credential.chain[0])
            context.use_privatekey(credential.key)
            for certificate in credential.chain[1:]:
                context.add_extra_chain_cert(certificate)
        except SSL.Error as error:
            subject = whole_name(credential.chain[0].subject)
            message = f"the client certificate of {subject} cannot be shown to a server: {_words(error)}"
            raise HandshakeError(message) from None
    return context


def _words(error: SSL.Error) -> str:
    """Return OpenSSL's own words, such as `x509 key values mismatch`."""
    found = error.args[0] if error.args and isinstance(error.args[0], list) else []
    return str(found[-1][-1]) if found else "TLS failed"


class TlsClient:
    """One connection."""

    def __init__(
        self,
        connected: socket.socket,
        options: TlsOptions,
        *,
        credential: ClientCredential | None,
        host: str,
        deadline: Deadline,
        session: TlsSession | None = None,
    ) -> None:
        """Prepare, without sending anything.

        Args:
            connected: socket, which stays the caller's.
            options: what to offer.
            credential: to show when the server requests one; the session's own when one is given.
            host: server name to send and to find in the certificate; empty to send none, of an unverified server.
            deadline: for everything.
            session: to offer.

        Raises:
            ValueError: the session was opened with another credential.
            HandshakeError: as new_context.
        """
        if session is not None and session.credential is not credential:
            message = "a session can be offered only with the credential that it was opened with"
            raise ValueError(message)
        self.trace = HandshakeTrace()
        self._socket = connected
        # The request follows the end of a TLS 1.3 handshake, for which a server that waits for it sends no ACK at once.
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._identity = credential
        self._host = host
        self._deadline = deadline
        self._insecure = options.server_ca == "insecure" or (session is not None and not session.verified)
        self._context = session.context if session is not None else new_context(options, credential)
        self._untrusted = 0
        self._write_failed = False
        self._tls = SSL.Connection(self._context, None)
        self._tls.set_connect_state()
        self._tls.set_verify(SSL.VERIFY_NONE if self._insecure else SSL.VERIFY_PEER, self._verify_server)
        self._tls.set_info_callback(self._record)
        if options.alpn is not None:
            self._tls.set_alpn_protos([options.alpn.encode()])
        if host and not is_ip_address(host):
            self._tls.set_tlsext_host_name(host.encode("idna"))
        if session is not None:
            self._tls.set_session(session.session)

    def handshake(self) -> None:
        """Do the handshake, as far as a client can tell, and hold the server's name against its certificate.

        Raises:
            TlsError: it failed.
            TimeoutError: not within the deadline.
        """
        self._pump(self._tls.do_handshake)
        self._flush()
        self.trace.finished = True
        if not self._insecure:
            self._verify_host()

    def send(self, data: bytes) -> None:
        """Send; a connection that was cut shows when the next thing is received.

        Raises:
            TimeoutError: not within the deadline.
        """
        if not data:
            # What a write of nothing means is left open by OpenSSL, which answers it with an error at times.
            return
        self._tls.send(data)
        self._flush()

    def receive(self) -> bytes:
        """Return the next bytes; none when the server closed in good order.

        Raises:
            TlsError: the server sent an alert, or cut the connection.
            TimeoutError: nothing within the deadline.
        """
        try:
            return self._pump(lambda: self._tls.recv(_CHUNK))
        except SSL.ZeroReturnError:
            return b""

    @property
    def version(self) -> str | None:
        """Negotiated version of TLS, such as `1.3`."""
        if not self.trace.server_hello:
            return None
        version = self._tls.get_protocol_version_name().removeprefix("TLSv")
        return "1.0" if version == "1" else version

    @property
    def application_protocol(self) -> str:
        """What the server chose of ALPN; empty without."""
        return self._tls.get_alpn_proto_negotiated().decode()

    @property
    def ca_names(self) -> tuple[x509.Name, ...]:
        """Names of the CAs whose certificates the server accepts; empty when it does not name them."""
        if not self.trace.requested:
            return ()
        try:
            return tuple(self._tls.get_client_ca_list(as_cryptography=True))
        except ValueError:
            return ()

    @property
    def resumed(self) -> bool:
        """Whether the server resumed the session that it was offered: it sends no certificate then."""
        return self.trace.finished and not self.trace.certificate

    def session(self) -> TlsSession | None:
        """Return the session, after which nothing more can be sent or received."""
        session = self._tls.get_session()
        # OpenSSL makes the session of a connection that was not shut down useless.
        self._tls.set_shutdown(SSL.SENT_SHUTDOWN | SSL.RECEIVED_SHUTDOWN)
        if session is None:
            return None
        return TlsSession(
            credential=self._identity, verified=not self._insecure, context=self._context, session=session
        )

    def _pump(self, step: Callable[[], _T]) -> _T:
        while True:
            try:
                return step()
            except SSL.WantReadError:
                self._flush()
                self._read_more()
            except SSL.ZeroReturnError:
                if self.trace.finished:
                    raise
                raise ConnectionCutError(closed=True) from None
            except SSL.Error as error:
                # What OpenSSL has to say to the server, such as that its certificate is not trusted.
                self._flush()
                self._explain(error)

    def _explain(self, error: SSL.Error) -> None:
        """Turn OpenSSL's error into ours."""
        self.trace.error = _words(error)
        if self._untrusted:
            reason = _UNTRUSTED.get(self._untrusted, f"is not trusted (X509_V_ERR {self._untrusted})")
            message = f"the server's certificate {reason}"
            raise NotTrustedError(message) from None
        raise TlsError(self.trace.error) from None

    def _flush(self) -> None:
        while True:
            try:
                data = self._tls.bio_read(_CHUNK)
            except SSL.WantReadError:
                return
            if self._write_failed:
                continue
            self._socket.settimeout(self._deadline.required())
            try:
                self._socket.sendall(data)
            except ConnectionError:
                self._write_failed = True

    def _read_more(self) -> None:
        self._socket.settimeout(self._deadline.required())
        try:
            data = self._socket.recv(_CHUNK)
        except ConnectionError:
            raise ConnectionCutError(closed=False) from None
        if not data:
            raise ConnectionCutError(closed=True)
        if not self.trace.answered:
            self.trace.answered = True
            self.trace.is_tls = data[0] in _TLS_RECORDS
        self._tls.bio_write(data)

    def _record(self, connection: SSL.Connection, where: int, value: int) -> None:
        if where & SSL.SSL_CB_READ_ALERT == SSL.SSL_CB_READ_ALERT:
            number = value & 0xFF
            # close_notify is an alert by form only.
            self.trace.alert = number or self.trace.alert
        elif where & SSL.SSL_CB_LOOP:
            state = connection.get_state_string().decode()
            self.trace.server_hello |= state.endswith("read server hello")
            self.trace.certificate |= state.endswith("read server certificate")
            self.trace.requested |= state.endswith("read server certificate request")

    def _verify_server(self, _connection: Any, _certificate: Any, error: int, _depth: int, accepted: int) -> bool:
        if not accepted and not self._insecure:
            self._untrusted = self._untrusted or error
        return bool(accepted) or self._insecure

    def _verify_host(self) -> None:
        try:
            certificate = self._tls.get_peer_certificate(as_cryptography=True)
        except ValueError:
            message = "the server's certificate cannot be read; issue it again"
            raise NotTrustedError(message) from None
        problem = None if certificate is None else name_problem(certificate, self._host)
        if problem is not None:
            message = f"the server's certificate {problem}"
            raise NotTrustedError(message)
