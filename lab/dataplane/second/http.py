"""HTTP/1.1 on a connection of the second server: the rules and answers that Caddy has behind its fronts."""

import asyncio
from dataclasses import dataclass, field
from hashlib import new
from typing import TYPE_CHECKING

import h11
import httpx
from cryptography.hazmat.primitives.serialization import Encoding

from lab.dataplane.caddy_config import CLIENT_CERTIFICATE_HEADER, LAB_PATHS
from lab.dataplane.client_certificate_headers import FINGERPRINT, ISSUER, SUBJECT
from lab.dataplane.client_verifier import Verdict
from lab.dataplane.pages import refusal_page, title_page
from lab.dataplane.routes import first_fit

if TYPE_CHECKING:
    from cryptography import x509
    from starlette.types import ASGIApp

    from lab.behaviour import FingerprintForm
    from lab.dataplane.second.contexts import Handshake, Terms
    from lab.dataplane.second.tls_stream import TlsStream

Headers = list[tuple[str, str]]

_HTML = ("Content-Type", "text/html")
# Of one connection, and written anew.
_NOT_HANDED_ON = {"connection", "keep-alive", "transfer-encoding", "content-length", "expect"}


@dataclass(frozen=True, kw_only=True)
class _Request:
    method: str
    target: str
    headers: Headers
    body: bytes

    @property
    def host(self) -> str:
        named = next((value for name, value in self.headers if name == "host"), "")
        return named.rpartition(":")[0] if named.rpartition(":")[2].isdigit() else named

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]


@dataclass(frozen=True, kw_only=True)
class _Answer:
    status: int
    body: bytes
    headers: Headers = field(default_factory=list)


async def converse(stream: "TlsStream", handshake: "Handshake", terms: "Terms", *, helper: "ASGIApp") -> None:
    """Answer requests until one side ends the connection, or it is idle for too long.

    Args:
        stream: whose handshake has ended.
        handshake: what it showed of the client.
        terms: that the connection is served by.
        helper: application behind the paths for tests.

    Raises:
        TlsEndedError: the client was gone before its answer.
    """
    connection = h11.Connection(h11.SERVER)
    verdict = handshake.verdict()
    while True:
        try:
            async with asyncio.timeout(terms.config.idle_seconds):
                request = await _next_request(connection, stream)
        except (TimeoutError, h11.RemoteProtocolError):
            return
        if request is None:
            return
        if verdict is Verdict.ACCEPTED:
            answer = await _answer(request, handshake.certificate, terms, helper)
        else:
            page = refusal_page(verdict).encode()
            answer = _Answer(status=400, body=page, headers=[_HTML, ("Connection", "close")])
        await stream.write(_encoded(connection, answer, head=request.method == "HEAD"))
        if connection.our_state is not h11.DONE:
            return
        connection.start_next_cycle()


async def _next_request(connection: h11.Connection, stream: "TlsStream") -> _Request | None:
    head: h11.Request | None = None
    body = b""
    while True:
        event = connection.next_event()
        match event:
            case h11.NEED_DATA:
                if connection.they_are_waiting_for_100_continue:
                    await stream.write(connection.send(h11.InformationalResponse(status_code=100, headers=[])) or b"")
                connection.receive_data(await stream.read())
            case h11.Request():
                head = event
            case h11.Data():
                body += bytes(event.data)
            case h11.EndOfMessage() if head is not None:
                headers = [(name.decode(), value.decode("latin-1")) for name, value in head.headers]
                return _Request(method=head.method.decode(), target=head.target.decode(), headers=headers, body=body)
            case _:
                return None


def _encoded(connection: h11.Connection, answer: _Answer, *, head: bool) -> bytes:
    headers = [*answer.headers, ("Content-Length", str(len(answer.body)))]
    parts: list[h11.Event] = [h11.Response(status_code=answer.status, headers=headers)]
    if not head:
        parts.append(h11.Data(data=answer.body))
    parts.append(h11.EndOfMessage())
    return b"".join(connection.send(part) or b"" for part in parts)


async def _answer(
    request: _Request, certificate: "x509.Certificate | None", terms: "Terms", helper: "ASGIApp"
) -> _Answer:
    announced = [] if terms.config.quic_port is None else [("Alt-Svc", f'h3=":{terms.config.quic_port}"; ma=2592000')]
    if first_fit(terms.config.routes, host=request.host, path=request.path) is None:
        return _titled("503 Service Temporarily Unavailable", announced)
    if not terms.backend_works:
        return _titled("502 Bad Gateway", announced)
    if not request.path.startswith(LAB_PATHS.removesuffix("*")):
        return _Answer(status=200, body=b"old\n", headers=[("Content-Type", "text/plain; charset=utf-8"), *announced])
    return await _from_helper(request, _handed_on(request, certificate, terms), announced, helper)


def _titled(title: str, headers: Headers) -> _Answer:
    return _Answer(status=int(title[:3]), body=title_page(title).encode(), headers=[_HTML, *headers])


def _handed_on(request: _Request, certificate: "x509.Certificate | None", terms: "Terms") -> Headers:
    config = terms.config
    stripped = [CLIENT_CERTIFICATE_HEADER, *config.headers.stripped()]
    exact = {each.casefold() for each in stripped if not each.endswith("*")} | _NOT_HANDED_ON
    begins = tuple(each[:-1].casefold() for each in stripped if each.endswith("*"))
    kept = [(name, value) for name, value in request.headers if name not in exact and not name.startswith(begins)]
    values = _values_of(certificate, terms.fingerprint)
    added = config.headers.values(enforced=config.client_ca is not None)
    return [*kept, *((name, values.get(value, value)) for name, value in added.items())]


def _values_of(certificate: "x509.Certificate | None", form: "FingerprintForm") -> dict[str, str]:
    if certificate is None:
        return dict.fromkeys((SUBJECT, ISSUER, FINGERPRINT), "")
    digest = new(form.lower(), certificate.public_bytes(Encoding.DER)).hexdigest()
    return {
        SUBJECT: certificate.subject.rfc4514_string(),
        ISSUER: certificate.issuer.rfc4514_string(),
        FINGERPRINT: digest.upper() if form.isupper() else digest,
    }


async def _from_helper(request: _Request, headers: Headers, announced: Headers, helper: "ASGIApp") -> _Answer:
    in_process = httpx.ASGITransport(app=helper)
    async with httpx.AsyncClient(transport=in_process, base_url="http://backend", trust_env=False) as client:
        answer = await client.request(request.method, request.target, headers=headers, content=request.body)
    kept = [(name, value) for name, value in answer.headers.items() if name not in _NOT_HANDED_ON]
    return _Answer(status=answer.status_code, body=answer.content, headers=[*kept, *announced])
