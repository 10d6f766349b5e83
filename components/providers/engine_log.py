"""What a provider has to say while it works, through the engine's log: beside its resource, or at the end.

What a provider prints, Pulumi takes for a line about the whole stack, and a text of several lines for several messages.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from functools import cache
from typing import Any

import grpc
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc

from alb_mtls.redaction import one_line
from components.providers.engine_watch import engine_address

_LOG_SECONDS = 5.0

_urn: ContextVar[str] = ContextVar("urn", default="")


@contextmanager
def about(urn: str) -> Iterator[None]:
    """Let what is shown inside be about a resource."""
    token = _urn.set(urn)
    try:
        yield
    finally:
        _urn.reset(token)


def resource_name() -> str | None:
    """Return the name of the resource that is at hand; None when that is none."""
    return _urn.get().rpartition("::")[2] or None


def show_while_working(text: str) -> None:
    """Show a line beside the resource, until another takes its place; it is not repeated at the end of the run."""
    _send(one_line(text), urn=_urn.get(), ephemeral=True)


def show_at_the_end(*lines: str) -> bool:
    """Show lines among the messages of the run; say whether the engine has taken them."""
    return _send("\n".join(map(one_line, lines)), urn="", ephemeral=False)


def _send(text: str, *, urn: str, ephemeral: bool) -> bool:
    engine = _engine()
    if engine is None:
        return False
    message = text.encode("utf-8", "backslashreplace").decode("utf-8")
    request = engine_pb2.LogRequest(severity=engine_pb2.INFO, message=message, urn=urn, ephemeral=ephemeral)
    with suppress(grpc.RpcError):
        # A line that nobody takes must not keep the work from its end.
        engine.Log(request, timeout=_LOG_SECONDS)
        return True
    return False


@cache
def _engine() -> Any:
    """Return how the engine of this process is reached; None outside of a provider process."""
    address = engine_address(sys.argv)
    if address is None:
        return None
    return engine_pb2_grpc.EngineStub(grpc.insecure_channel(f"{address[0]}:{address[1]}"))
