"""What Pulumi's server does not hand on to a dynamic provider, and back: the resource of a call, and what differs."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from components.providers.differing import differing
from components.providers.engine_log import about

_CALLS = ("Check", "Diff", "Create", "Read", "Update", "Delete")

Call = Callable[[Any, Any], Any]


def name_resources() -> None:
    """Let each call of Pulumi's server, which is started after this, know its resource and answer what differs."""
    add = provider_pb2_grpc.add_ResourceProviderServicer_to_server

    def add_named(servicer: Any, server: Any) -> None:
        servicer.Diff = _detailed(servicer.Diff)
        for name in _CALLS:
            setattr(servicer, name, _named(getattr(servicer, name)))
        add(servicer, server)

    provider_pb2_grpc.add_ResourceProviderServicer_to_server = add_named


def _named(call: Call) -> Call:
    @wraps(call)
    def with_urn(request: Any, context: Any) -> Any:
        with about(request.urn):
            return call(request, context)

    return with_urn


def _detailed(diff: Call) -> Call:
    """Add to the answer which properties differ; without that the CLI lists whatever is not the same."""

    @wraps(diff)
    def with_properties(request: Any, context: Any) -> Any:
        with differing() as taken:
            answer = diff(request, context)
        if taken.names and answer.changes == provider_pb2.DiffResponse.DIFF_SOME and not answer.replaces:
            answer.hasDetailedDiff = True
            for name in taken.names:
                # Not of inputs alone: what a refresh has found stands in the outputs, and these `diff` compares.
                answer.detailedDiff[name].kind = provider_pb2.PropertyDiff.UPDATE
        return answer

    return with_properties
