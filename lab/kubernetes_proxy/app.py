"""The proxy itself: an ASGI application over an HTTP client."""

import ssl
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect
from starlette.requests import Request as HttpRequest
from starlette.routing import Mount

from lab.interception import BrokenStreamError, Interceptor, Reply, Request, StreamedReply
from lab.kubernetes_proxy.calls import KubernetesCall, parse_call
from lab.kubernetes_proxy.effects import effect_of, reason_of
from lab.kubernetes_proxy.error_replies import error_reply, unavailable

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

# RFC 9110 section 7.6.1; Host, which names the proxy; and Date, which its own server writes.
_HOP_BY_HOP = frozenset(
    {
        "connection",
        "date",
        "host",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
_BUFFERED_BYTES = 1024 * 1024
_CONNECT_SECONDS = 5.0


def kubernetes_proxy(*, upstream: str, ca_file: Path, interceptor: Interceptor, users: Mapping[str, str]) -> "ASGIApp":
    """Build the proxy; serve it with TLS, since client-go sends no bearer token over plain HTTP.

    Args:
        upstream: URL of kube-apiserver.
        ca_file: what its certificate is verified with.
        interceptor: what every call passes.
        users: user name by bearer token, for the journal; access is decided by kube-apiserver alone.
    """
    # httpx would take HTTPS_PROXY and the like from the environment, and headers of its own.
    client = httpx.AsyncClient(
        base_url=upstream,
        verify=ssl.create_default_context(cafile=ca_file),
        timeout=httpx.Timeout(None, connect=_CONNECT_SECONDS),
        limits=httpx.Limits(max_connections=None),
        trust_env=False,
    )
    client.headers.clear()

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with client:
            yield

    return Starlette(lifespan=lifespan, routes=[Mount("/", app=_Proxy(client, interceptor, users))])


class _Proxy:
    def __init__(self, client: httpx.AsyncClient, interceptor: Interceptor, users: Mapping[str, str]) -> None:
        self._client = client
        self._interceptor = interceptor
        self._users = users

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        request = HttpRequest(scope, receive)
        try:
            body = await request.body()
        except ClientDisconnect:
            return
        path = scope["raw_path"].decode("ascii")
        query = scope["query_string"].decode("ascii")
        call = parse_call(request.method, path, query, body)
        user = self._user(request)
        outgoing = self._client.build_request(
            request.method,
            f"{path}?{query}" if query else path,
            headers=_passed_on(request.headers.items()),
            content=body,
        )

        async def perform() -> Reply | StreamedReply:
            return await self._perform(call, outgoing)

        await self._interceptor.handle(
            Request(service="kubernetes", api=call.api, caller=user, target=call.target),
            scope,
            send,
            perform,
            lambda kind: error_reply(kind, call, user=user),
        )

    def _user(self, request: HttpRequest) -> str:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return "system:anonymous"
        return self._users.get(token.strip(), "unknown")

    async def _perform(self, call: KubernetesCall, outgoing: httpx.Request) -> Reply | StreamedReply:
        try:
            response = await self._client.send(outgoing, stream=True)
        except httpx.TransportError as error:
            return unavailable(f"kube-apiserver of the lab does not answer: {type(error).__name__}")
        headers = _passed_on(response.headers.multi_items())
        if not call.writes and (call.streams or _is_large(response)):
            return StreamedReply(
                status=response.status_code, headers=headers, chunks=_chunks(response), close=response.aclose
            )
        try:
            body = b"".join([chunk async for chunk in response.aiter_raw()])
        except httpx.TransportError as error:
            return unavailable(f"kube-apiserver of the lab stopped answering: {type(error).__name__}")
        finally:
            await response.aclose()
        effect = effect_of(
            call,
            status=response.status_code,
            content_type=outgoing.headers.get("content-type", ""),
            sent=outgoing.content,
            received=body,
        )
        return Reply(
            status=response.status_code,
            headers=[(name, value) for name, value in headers if name.lower() != "content-length"],
            body=body,
            code=reason_of(body) if response.is_error else "",
            effect=effect,
        )


def _passed_on(headers: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(name, value) for name, value in headers if name.lower() not in _HOP_BY_HOP]


def _is_large(response: httpx.Response) -> bool:
    length = response.headers.get("content-length")
    return length is None or int(length) > _BUFFERED_BYTES


async def _chunks(response: httpx.Response) -> AsyncIterator[bytes]:
    try:
        async for chunk in response.aiter_raw():
            yield chunk
    except httpx.TransportError as error:
        raise BrokenStreamError from error
