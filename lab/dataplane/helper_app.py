"""The lab's own application behind Caddy: the verifier of client certificates, and paths for tests.

Paths below `/_lab/` are part of every backend: `/_lab/headers` answers with the headers of the request as the
backend got them, `/_lab/slow?seconds=N` answers `old` after N seconds, `/_lab/held/NAME` answers `old` after a
request for `/_lab/release/NAME`, or after a minute.
"""

import asyncio
import contextlib
from collections import defaultdict
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from lab.dataplane.caddy_config import CLIENT_CERTIFICATE_HEADER
from lab.dataplane.client_verifier import Verdict, verify
from lab.dataplane.pages import refusal_page

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

_LONGEST_SECONDS = 60.0


def helper_app(authority_of: "Callable[[str], bytes | None]") -> Starlette:
    """Make the application."""

    async def client_certificate(request: "Request") -> Response:
        authority = authority_of(request.path_params["digest"])
        if authority is None:
            return Response(status_code=500)
        verdict = verify(request.headers.get(CLIENT_CERTIFICATE_HEADER, ""), authority=authority)
        return Response(status_code=204) if verdict is Verdict.ACCEPTED else _page(verdict)

    async def headers(request: "Request") -> Response:
        # As a backend does that reads all lines of a name (RFC 9110, 5.3).
        names = dict.fromkeys(request.headers.keys())
        return JSONResponse({name: ", ".join(request.headers.getlist(name)) for name in names})

    async def slow(request: "Request") -> Response:
        try:
            seconds = float(request.query_params.get("seconds", "1"))
        except ValueError:
            return PlainTextResponse("seconds is not a number\n", status_code=400)
        await asyncio.sleep(min(max(seconds, 0.0), _LONGEST_SECONDS))
        return PlainTextResponse("old\n")

    released: defaultdict[str, asyncio.Event] = defaultdict(asyncio.Event)

    async def held(request: "Request") -> Response:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(released[request.path_params["name"]].wait(), _LONGEST_SECONDS)
        return PlainTextResponse("old\n")

    async def release(request: "Request") -> Response:
        released[request.path_params["name"]].set()
        return PlainTextResponse("released\n")

    return Starlette(
        routes=[
            Route("/client-certificate/{digest}", client_certificate),
            Route("/_lab/headers", headers, methods=["GET", "POST"]),
            Route("/_lab/slow", slow),
            Route("/_lab/held/{name}", held),
            Route("/_lab/release/{name}", release),
        ]
    )


def _page(verdict: Verdict) -> HTMLResponse:
    return HTMLResponse(refusal_page(verdict), status_code=400, headers={"Connection": "close"})
