"""One request to a listener, and what became of it."""

import socket

from alb_mtls.handshake.deadline import Deadline
from alb_mtls.handshake.http_exchange import ALPN, Answer, HttpVersion, NotHttpError, request
from alb_mtls.handshake.observation import Observation, Verdict, alert_name
from alb_mtls.handshake.probe_clients import ClientCredential
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

# What a server answers to a ClientHello without a version, cipher or protocol that it takes.
_NO_COMMON_LANGUAGE = frozenset({40, 70, 71, 86, 120})
# OpenSSL's own words when a server chooses a version that it was not offered; all its other errors are failures.
_OTHER_VERSION = frozenset({"unsupported protocol", "wrong ssl version"})


def probe(
    target: Target,
    *,
    identity: ClientCredential | None,
    tls: TlsVersion | None = None,
    http: HttpVersion = "1.1",
    session: TlsSession | None = None,
    deadline_seconds: float,
) -> Observation:
    """Connect anew, send one request, read what comes, and close.

    Args:
        target: whom to ask, and for what.
        identity: client certificate; None for a client without.
        tls: the only version to speak; None for either.
        http: the only version to speak.
        session: to offer for resumption; was opened with the same identity.
        deadline_seconds: for everything together.

    Returns:
        What happened; nothing that a server or network does is an exception.

    Raises:
        HandshakeError: the target is malformed, its file of CAs cannot be read, or the identity is unusable.
        ValueError: the session was opened with another identity.
    """
    deadline = Deadline(deadline_seconds)
    try:
        connected = socket.create_connection(target.endpoint, timeout=deadline.required())
    except TimeoutError:
        return _unreachable(f"no connection within {deadline_seconds:g} s")
    except OSError as error:
        return _unreachable(error.strerror or "no connection")
    with connected:
        options = TlsOptions(version=tls, alpn=ALPN[http], server_ca=target.server_ca)
        client = TlsClient(connected, options, identity=identity, host=target.host, deadline=deadline, session=session)
        return _Conversation(client, target, http, deadline).hold()


def _unreachable(reason: str) -> Observation:
    return Observation(verdict=Verdict.UNREACHABLE, reason=reason)


class _Conversation:
    def __init__(self, client: TlsClient, target: Target, http: HttpVersion, deadline: Deadline) -> None:
        self._client = client
        self._notes = client.notes
        self._target = target
        self._http = http
        self._deadline = deadline
        self._asked_http = False

    def hold(self) -> Observation:
        try:
            self._client.handshake()
            if self._chose_no_http2():
                return self._no_http2()
            self._asked_http = True
            answer = request(self._client, self._http, host=self._target.host, path=self._target.path)
        except NotTrustedError as error:
            return self._seen(Verdict.SERVER_NOT_TRUSTED, str(error))
        except ConnectionCutError as error:
            return self._cut(str(error))
        except TlsError:
            return self._failed()
        except NotHttpError as error:
            return self._seen(Verdict.UNREACHABLE, str(error))
        except TimeoutError:
            step = "no answer" if self._asked_http else "no TLS handshake"
            return self._seen(Verdict.UNREACHABLE, f"{step} within {self._deadline.seconds:g} s")
        return self._cut("closed the connection") if answer is None else self._answered(answer)

    def _chose_no_http2(self) -> bool:
        return self._http == "2" and self._client.application_protocol != ALPN["2"]

    def _no_http2(self) -> Observation:
        return self._seen(Verdict.UNSUPPORTED_VERSION, "HTTP/2 is not spoken")

    def _answered(self, answer: Answer) -> Observation:
        verdict = Verdict.REFUSED_BY_PAGE if answer.is_certificate_page else Verdict.LET_IN
        return self._seen(verdict, status=answer.status, session=self._client.session())

    def _cut(self, how: str) -> Observation:
        if not self._notes.is_tls:
            return self._seen(Verdict.NOT_TLS, "what answers is not TLS")
        if self._notes.asked and self._chose_no_http2():
            return self._no_http2()
        # With TLS 1.2 the refusal comes within the handshake, right after the client has shown what it has.
        if self._asked_http or self._notes.asked:
            return self._seen(Verdict.REFUSED_BY_RESET, f"the server {how} instead of an answer")
        return self._seen(Verdict.UNREACHABLE, f"the server {how} during the TLS handshake")

    def _failed(self) -> Observation:
        notes = self._notes
        if not notes.is_tls:
            return self._seen(Verdict.NOT_TLS, "what answers is not TLS")
        if notes.asked and self._chose_no_http2():
            # The server chooses a protocol before it asks: with another one, whoever it lets in does not get HTTP/2.
            return self._no_http2()
        if notes.alert is not None:
            if not notes.server_hello and notes.alert in _NO_COMMON_LANGUAGE:
                return self._seen(Verdict.UNSUPPORTED_VERSION, f"alert {alert_name(notes.alert)}")
            return self._seen(Verdict.REFUSED_BY_ALERT)
        if not notes.server_hello and notes.error in _OTHER_VERSION:
            return self._seen(Verdict.UNSUPPORTED_VERSION, notes.error)
        return self._seen(Verdict.UNREACHABLE, f"the TLS handshake failed: {notes.error}")

    def _seen(
        self, verdict: Verdict, reason: str = "", *, status: int | None = None, session: TlsSession | None = None
    ) -> Observation:
        return Observation(
            verdict=verdict,
            status=status,
            alert=self._notes.alert,
            reason=reason,
            tls=self._client.version,
            asked=self._notes.asked,
            offered=self._client.offered,
            resumed=self._client.resumed,
            session=session,
        )
