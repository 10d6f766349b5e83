"""What is known of a call before it is performed, and of its answer."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Literal

Service = Literal["cas", "alb", "kubernetes"]


@dataclass(frozen=True, kw_only=True)
class Request:
    """A call, in words that may be shown to anybody.

    Attributes:
        service: whose API it is.
        api: name of the API: `UploadPCACert`; for Kubernetes verb and resource: `patch albconfigs`.
        caller: access key id or Kubernetes user name.
        target: what the call is about (identifier, repository name, object name), never a secret.
    """

    service: Service
    api: str
    caller: str = ""
    target: str = ""


@dataclass(frozen=True, kw_only=True)
class Reply:
    """An answer that is complete in memory.

    Attributes:
        status: HTTP status.
        headers: without Content-Length, which the body gives.
        body: the bytes as sent.
        code: wire code of an error (`Throttling.User`, `NotFound`), empty when the call succeeded.
        effect: what the call changed, in a short sentence for the journal; empty when it changed nothing.
    """

    status: int
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""
    code: str = ""
    effect: str = ""


class BrokenStreamError(Exception):
    """What a streamed reply comes from ended too early; the client must see that its reply is incomplete."""


@dataclass(frozen=True, kw_only=True)
class StreamedReply:
    """An answer that is passed on as it comes, such as a Kubernetes watch.

    Attributes:
        status: HTTP status.
        headers: as they came.
        chunks: the body; raises BrokenStreamError when it cannot go on.
        close: gives up what the chunks come from; awaited exactly once, whether they were read or not.
        code: wire code of an error, empty when the call succeeded.
        effect: what the call changed, in a short sentence for the journal.
    """

    status: int
    headers: list[tuple[str, str]]
    chunks: AsyncIterator[bytes]
    close: Callable[[], Awaitable[None]]
    code: str = ""
    effect: str = ""
