"""Which resource a call is about: Pulumi's server does not hand that on to a dynamic provider."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from pulumi.runtime.proto import provider_pb2_grpc

from components.providers.engine_log import about

_CALLS = ("Check", "Diff", "Create", "Read", "Update", "Delete")


def name_resources() -> None:
    """Let each call of Pulumi's server, which is started after this, know its resource."""
    add = provider_pb2_grpc.add_ResourceProviderServicer_to_server

    def add_named(servicer: Any, server: Any) -> None:
        for name in _CALLS:
            setattr(servicer, name, _named(getattr(servicer, name)))
        add(servicer, server)

    provider_pb2_grpc.add_ResourceProviderServicer_to_server = add_named


def _named(call: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    @wraps(call)
    def with_urn(request: Any, context: Any) -> Any:
        with about(request.urn):
            return call(request, context)

    return with_urn
