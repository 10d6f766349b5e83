"""A loopback HTTP server that answers each request as a test says, and remembers what it was sent."""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.helpers.serving import serving

Reply = tuple[int, dict[str, str], bytes]


class AnsweringServer(ThreadingHTTPServer):
    """The server.

    Attributes:
        requests: path and headers of each request.
    """

    def __init__(self, answer: Callable[[str], Reply]) -> None:
        """Listen on a free port."""
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answer = answer
        self.requests: list[tuple[str, dict[str, str]]] = []

    @property
    def address(self) -> str:
        """Return host and port."""
        return f"127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: AnsweringServer

    def do_GET(self) -> None:
        self.server.requests.append((self.path, dict(self.headers.items())))
        status, headers, body = self.server.answer(self.path)
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_PATCH = do_GET  # noqa: N815 - its name in the standard library

    def log_message(self, *_: object) -> None:
        """Print nothing."""


def json_reply(value: Any, status: int = 200, **headers: str) -> Reply:
    """Return a reply whose body is JSON."""
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return status, {"Content-Type": "application/json", **named}, json.dumps(value).encode()


def answering(answer: Callable[[str], Reply]) -> AbstractContextManager[AnsweringServer]:
    """Serve until the block ends."""
    return serving(AnsweringServer(answer))
