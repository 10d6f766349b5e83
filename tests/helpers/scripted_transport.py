"""Stands in for the network below the official SDKs, which stay as they are: signing, parsing, exceptions."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
from urllib3.exceptions import MaxRetryError, NewConnectionError

ACCESS_KEY_SECRET: Final = "made-up-secret"
"""Signed with by the clients that tests build; no message may show it."""


@dataclass(frozen=True, kw_only=True)
class SentRequest:
    """A request as it left the SDK."""

    api: str
    query: Mapping[str, str]
    prepared: requests.PreparedRequest


@dataclass(frozen=True, kw_only=True)
class Answer:
    """An HTTP answer; `body` may be text that is not JSON."""

    status: int = 200
    body: Mapping[str, Any] | str = ""
    headers: Mapping[str, str] | None = None


Handler = Callable[[Mapping[str, str]], Answer | Mapping[str, Any]]


def error(status: int, code: str, message: str = "", **more: Any) -> Answer:
    """Return an error answer in the cloud's shape."""
    return Answer(status=status, body={"Code": code, "Message": message, "RequestId": "R-1", "HostId": "cas", **more})


def cannot_connect() -> Exception:
    """Return what `requests` raises when nothing listens, its text quoting the URL as the real one does."""
    pool: Any = None
    reason = NewConnectionError(pool, "Connection refused")
    return requests.ConnectionError(MaxRetryError(pool, "/?Cert=-----BEGIN CERTIFICATE-----", reason))


def connection_closed() -> Exception:
    """Return what `requests` raises when the connection ends before any byte of an answer."""
    return requests.ConnectionError("Connection aborted, /?Cert=-----BEGIN CERTIFICATE-----")


class ScriptedTransport:
    """Answers each API with what a test has queued for it, then with its handler."""

    def __init__(self) -> None:
        """Start without any answer; a call that nothing was prepared for fails the test."""
        self.sent: list[SentRequest] = []
        self._queued: dict[str, list[Answer | Mapping[str, Any] | Exception]] = {}
        self._handlers: dict[str, Handler] = {}

    def queue(self, api: str, *replies: Answer | Mapping[str, Any] | Exception) -> None:
        """Answer the next calls of `api` with `replies`, in order; an exception is raised instead."""
        self._queued.setdefault(api, []).extend(replies)

    def always(self, api: str, handler: Handler) -> None:
        """Answer every call of `api` that nothing is queued for."""
        self._handlers[api] = handler

    def apis(self) -> list[str]:
        """Return the names of the APIs called so far, in order."""
        return [request.api for request in self.sent]

    def count(self, api: str) -> int:
        """Return how often `api` was called."""
        return self.apis().count(api)

    def install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Take the place of `requests.Session.send` for the length of a test."""
        transport = self

        def send(_: requests.Session, prepared: requests.PreparedRequest, **__: Any) -> requests.Response:
            return transport._send(prepared)

        monkeypatch.setattr(requests.Session, "send", send)

    def _send(self, prepared: requests.PreparedRequest) -> requests.Response:
        api = str(prepared.headers["x-acs-action"])
        query = dict(parse_qsl(str(urlsplit(str(prepared.url)).query), keep_blank_values=True))
        self.sent.append(SentRequest(api=api, query=query, prepared=prepared))
        queued = self._queued.get(api)
        reply = queued.pop(0) if queued else self._handlers[api](query)
        if isinstance(reply, Exception):
            raise reply
        answer = reply if isinstance(reply, Answer) else Answer(body=reply)
        response = requests.Response()
        response.status_code = answer.status
        response.headers.update(answer.headers or {"content-type": "application/json"})
        text = answer.body if isinstance(answer.body, str) else json.dumps(answer.body)
        response._content = text.encode()  # noqa: SLF001 - the way `responses` and its like build one, too
        return response
