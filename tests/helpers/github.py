"""A loopback stand-in for GitHub's REST API: the comments of one pull request, page by page, and failures to order.

docs.github.com, "REST API endpoints for issue comments": 30 a page unless `per_page` says otherwise, 100 at most, the
oldest first. An edit needs no ownership: a token with `pull-requests: write` may edit what anybody has written.
"""

import json
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.helpers.serving import serving

BOT = "github-actions[bot]"


@dataclass(kw_only=True)
class Failure:
    """How a call fails.

    Attributes:
        method: of the call that does.
        status: what it answers; 0 for a connection that is closed without any answer.
        done: whether it does what was requested all the same.
    """

    method: str
    status: int
    headers: dict[str, str] = field(default_factory=dict)
    message: str = "out of order"
    done: bool = False


class GitHub(ThreadingHTTPServer):
    """The API.

    Attributes:
        comments: of the pull request.
        calls: method and path of each call.
        tokens: what each call was authorized with.
        failures: those to come, one for each call of their method.
    """

    def __init__(self, *, repository: str, number: int) -> None:
        """Listen on a free port."""
        super().__init__(("127.0.0.1", 0), _Handler)
        self.root = f"/repos/{repository}/issues"
        self.number = number
        self.comments: list[dict[str, Any]] = []
        self.calls: list[tuple[str, str]] = []
        self.tokens: list[str] = []
        self.failures: list[Failure] = []
        self._last = 1000

    @property
    def url(self) -> str:
        """Return what GITHUB_API_URL holds."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def add(self, body: str, login: str = BOT) -> int:
        """Let somebody write a comment; return its id."""
        self._last += 1
        self.comments.append({"id": self._last, "body": body, "user": {"login": login}})
        return self._last

    def bodies(self, login: str = BOT) -> list[str]:
        """Return what somebody has written."""
        return [one["body"] for one in self.comments if one["user"]["login"] == login]

    def answer(self, method: str, path: str, content: Any) -> tuple[int, Any]:
        """Do what a call requests; return status and body."""
        url = urlsplit(path)
        if url.path == f"{self.root}/{self.number}/comments":
            if method == "POST":
                self.add(content["body"])
                return 201, self.comments[-1]
            query = parse_qs(url.query)
            size, page = (int(query.get(name, [default])[0]) for name, default in (("per_page", "30"), ("page", "1")))
            return 200, self.comments[(page - 1) * min(size, 100) :][: min(size, 100)]
        found = [one for one in self.comments if url.path == f"{self.root}/comments/{one['id']}"]
        if not found:
            return 404, {"message": "Not Found"}
        if method == "DELETE":
            self.comments.remove(found[0])
            return 204, None
        found[0]["body"] = content["body"]
        return 200, found[0]


class _Handler(BaseHTTPRequestHandler):
    server: GitHub

    def do_GET(self) -> None:
        text = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        content = json.loads(text) if text else None
        self.server.calls.append((self.command, self.path))
        self.server.tokens.append(self.headers.get("Authorization", ""))
        failure = next((one for one in self.server.failures if one.method == self.command), None)
        if failure is None:
            self._reply(*self.server.answer(self.command, self.path, content))
            return
        self.server.failures.remove(failure)
        if failure.done:
            self.server.answer(self.command, self.path, content)
        if failure.status:
            self._reply(failure.status, {"message": failure.message}, failure.headers)

    do_POST = do_PATCH = do_DELETE = do_GET  # noqa: N815 - their names in the standard library

    def _reply(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        text = b"" if body is None else json.dumps(body).encode()
        self.send_response(status)
        for name, value in {**(headers or {}), "Content-Length": str(len(text))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: object) -> None:
        """Print nothing."""


def github(*, repository: str = "example/gateway", number: int = 7) -> AbstractContextManager[GitHub]:
    """Serve until the block ends."""
    return serving(GitHub(repository=repository, number=number))
