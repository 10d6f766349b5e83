"""One request to a listener, and what became of it."""

import socket

from alb_mtls.handshake.credentials import ClientCredential
from alb_mtls.handshake.deadline import Deadline
from alb_mtls.handshake.http_exchange import ALPN, Answer, HttpVersion, NotHttpError, Request, request
from alb_mtls.handshake.observation import Observation, Verdict, alert_name
from alb_mtls.handshake.target import Target
from alb_mtls.handshake.tls import (
    ConnectionCutError,
    NotTrustedError,
    TlsError,
    TlsOptions,
    TlsSession,
    TlsVersion,
)
from alb_mtls.handshake.tls_client import TlsClient
from alb_mtls.handshake.ways import ORDINARY, Way

# What a server answers to a ClientHello without a version, cipher or protocol that it takes.
_NO_COMMON_VERSION = frozenset({40, 70, 71, 86, 120})
# OpenSSL's own words when a server chooses a version that it was not offered; all its other errors are failures.
_OTHER_VERSION = frozenset({"unsupported protocol", "wrong ssl version"})


def probe(
    target: Target,
    *,
    credential: ClientCredential | None,
    tls: TlsVersion | None = None,
    http: HttpVersion = "1.1",
    session: TlsSession | None = None,
    way: Way = ORDINARY,
    deadline_seconds: float,
) -> Observation:
    """Open a new connection, send one request, read what comes, and close.

    Args:
        target: where the request goes, and for what.
        credential: client certificate; None for a client without.
        tls: the only version to offer; None for both.
        http: the only version to offer.
        session: to offer for resumption; was opened with the same credential.
        way: how the request differs from the ordinary one.
        deadline_seconds: for everything together.

    Returns:
        What happened; nothing that a server or network does is an exception.

    Raises:
        HandshakeError: the target is malformed, its file of CAs cannot be read, or the credential is unusable.
        ValueError: the session was opened with another credential.
    """
    deadline = Deadline(deadline_seconds)
    try:
        connected = socket.create_connection(target.endpoint, timeout=deadline.required())
    except TimeoutError:
        return _unreachable(f"no connection within {deadline_seconds:g} s")
    except OSError as error:
        return _unreachable(error.strerror or "no connection")
    with connected:
        options = TlsOptions(
            version=tls,
            alpn=ALPN[http] if way.alpn else None,
            server_ca=target.server_ca if way.verified else "insecure",
        )
        name = target.host if way.server_name is None else way.server_name
        client = TlsClient(connected, options, credential=credential, host=name, deadline=deadline, session=session)
        sent = Request(
            host=target.host if way.host is None else way.host,
            path=target.path if way.path is None else way.path,
            method=way.method,
            user_agent=way.user_agent,
        )
        return _Exchange(client, sent, http, deadline).run()


def _unreachable(reason: str) -> Observation:
    return Observation(verdict=Verdict.UNREACHABLE, reason=reason)


class _Exchange:
    def __init__(self, client: TlsClient, sent: Request, http: HttpVersion, deadline: Deadline) -> None:
        self._client = client
        self._trace = client.trace
        self._sent = sent
        self._http = http
        self._deadline = deadline
        self._request_sent = False

    def run(self) -> Observation:
        try:
            self._client.handshake()
            if self._chose_no_http2():
                return self._no_http2()
            self._request_sent = True
            answer = request(self._client, self._http, self._sent)
        except NotTrustedError as error:
            return self._observation(Verdict.SERVER_NOT_TRUSTED, str(error))
        except ConnectionCutError as error:
            return self._cut(closed=error.closed)
        except TlsError:
            return self._failed()
        except NotHttpError as error:
            return self._observation(Verdict.UNREACHABLE, str(error))
        except TimeoutError:
            step = "no answer" if self._request_sent else "no TLS handshake"
            return self._observation(Verdict.UNREACHABLE, f"{step} within {self._deadline.seconds:g} s")
        return self._cut(closed=True) if answer is None else self._answered(answer)

    def _chose_no_http2(self) -> bool:
        return self._http == "2" and self._client.application_protocol != ALPN["2"]

    def _no_http2(self) -> Observation:
        return self._observation(Verdict.UNSUPPORTED_VERSION, "HTTP/2 is not supported")

    def _answered(self, answer: Answer) -> Observation:
        verdict = Verdict.REJECTED_BY_PAGE if answer.is_certificate_page else Verdict.ACCEPTED
        session = self._client.session()
        return self._observation(verdict, status=answer.status, title=answer.title, session=session)

    def _cut(self, *, closed: bool) -> Observation:
        how = "closed the connection" if closed else "reset the connection"
        if not self._trace.is_tls:
            return self._observation(Verdict.NOT_TLS, "what answers is not TLS")
        if self._trace.requested and self._chose_no_http2():
            return self._no_http2()
        # With TLS 1.2 the rejection comes within the handshake, right after the client has shown what it has.
        if self._request_sent or self._trace.requested:
            reason = f"the server {how} instead of an answer"
            return self._observation(Verdict.REJECTED_BY_RESET, reason, closed=closed)
        return self._observation(Verdict.UNREACHABLE, f"the server {how} during the TLS handshake")

    def _failed(self) -> Observation:
        trace = self._trace
        if not trace.is_tls:
            return self._observation(Verdict.NOT_TLS, "what answers is not TLS")
        if trace.requested and self._chose_no_http2():
            # The server chooses a protocol before it requests a certificate: with another one, nobody gets HTTP/2.
            return self._no_http2()
        if trace.alert is not None:
            if not trace.server_hello and trace.alert in _NO_COMMON_VERSION:
                return self._observation(Verdict.UNSUPPORTED_VERSION, f"alert {alert_name(trace.alert)}")
            return self._observation(Verdict.REJECTED_BY_ALERT)
        if not trace.server_hello and trace.error in _OTHER_VERSION:
            return self._observation(Verdict.UNSUPPORTED_VERSION, trace.error)
        return self._observation(Verdict.UNREACHABLE, f"the TLS handshake failed: {trace.error}")

    def _observation(
        self,
        verdict: Verdict,
        reason: str = "",
        *,
        status: int | None = None,
        title: str = "",
        closed: bool = False,
        session: TlsSession | None = None,
    ) -> Observation:
        return Observation(
            verdict=verdict,
            status=status,
            alert=self._trace.alert,
            reason=reason,
            title=title,
            closed=closed,
            tls=self._client.version,
            finished=self._trace.finished,
            requested=self._trace.requested,
            ca_names=self._client.ca_names,
            resumed=self._client.resumed,
            session=session,
        )
