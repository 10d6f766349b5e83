"""A service of one resource behind the interceptor, on a real socket, and clients that can be killed."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import httpx
from starlette.requests import Request as HttpRequest

from lab.interception import Fault, FaultKind, Hold, Interceptor, Reply, Request
from lab.plain_http import NO_TLS
from lab.serving import Server, serve

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.types import Receive, Scope, Send

REACHED_SECONDS = 10


@dataclass(kw_only=True)
class Service:
    """A running service: `GET /API?TARGET` has the effect TARGET."""

    interceptor: Interceptor
    server: Server
    scheme: str
    effects: list[str] = field(default_factory=list)

    def url(self, api: str, target: str = "") -> str:
        """Return what to GET for a call."""
        return f"{self.scheme}://{self.server.address}/{api}?{target}"

    async def call(self, api: str, target: str = "") -> httpx.Response:
        """Make a call on a connection of its own."""
        async with httpx.AsyncClient(trust_env=False, verify=NO_TLS) as client:
            return await client.get(self.url(api, target))

    def start_killable_call(self, api: str, target: str = "") -> "subprocess.Popen[bytes]":
        """Make a call from a process of its own."""
        program = (
            "import ssl, sys, time, urllib.request as r; "
            "r.urlopen(sys.argv[1], context=ssl._create_unverified_context()).read(); "
            "time.sleep(60)"
        )
        return subprocess.Popen([sys.executable, "-c", program, self.url(api, target)])

    async def held(self) -> Hold:
        """Return the one call that stands still, as soon as it does."""
        [hold] = await self.interceptor.holds.wait_for_one(REACHED_SECONDS)
        return hold

    def fault(self, kind: FaultKind, **rule: object) -> None:
        """Put a fault in force."""
        self.interceptor.faults.add(Fault(kind=kind, **rule))  # type: ignore[arg-type]  # as Fault names them

    def outcomes(self) -> list[str]:
        """Return how the calls in the journal ended, in their order."""
        return [entry.outcome for entry in self.interceptor.journal.entries()]


@asynccontextmanager
async def running_service(
    interceptor: Interceptor, *, tls: "tuple[Path, Path] | None" = None
) -> AsyncIterator[Service]:
    effects: list[str] = []

    async def application(scope: "Scope", receive: "Receive", send: "Send") -> None:
        if scope["type"] != "http":
            return
        http = HttpRequest(scope, receive)

        async def perform() -> Reply:
            effects.append(http.url.query)
            return Reply(status=200, body=b"done", effect=f"made {http.url.query}")

        await interceptor.handle(
            Request(service="cas", api=http.url.path[1:], caller="key-1", target=http.url.query),
            scope,
            send,
            perform,
            lambda kind: Reply(status=429, body=str(kind).encode(), code=str(kind)),
        )

    server = await serve(application, port=0, tls=tls)
    scheme = "https" if tls else "http"
    try:
        yield Service(interceptor=interceptor, server=server, scheme=scheme, effects=effects)
    finally:
        await server.stop()


def kill(client: "subprocess.Popen[bytes]") -> None:
    """Kill a client and return when its sockets are closed, without letting the event loop see it."""
    client.kill()
    client.wait()


async def eventually(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(REACHED_SECONDS):
        while not condition():  # noqa: ASYNC110  # the journal has no event to wait for, and needs none
            await asyncio.sleep(0.01)
