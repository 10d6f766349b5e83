"""Providers in Pulumi's own server of dynamic providers, spoken to over gRPC as the engine does."""

from collections.abc import Callable
from typing import Any

import grpc
from google.protobuf import json_format
from google.protobuf.struct_pb2 import Struct
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from tests.harness.engine import Difference, StepFailed, joined
from tests.harness.state import Properties

ANSWER_SECONDS = 120


class Served:
    """See `Providers`."""

    def __init__(self, channel: grpc.Channel, config: dict[str, str]) -> None:
        """Hand the configuration of the stack over."""
        self._stub = provider_pb2_grpc.ResourceProviderStub(channel)
        _call(self._stub.Configure, provider_pb2.ConfigureRequest(args=_struct(config)))

    def check(self, olds: Properties, news: Properties) -> Properties:
        """Return the inputs as the provider takes them."""
        answer = _call(self._stub.Check, provider_pb2.CheckRequest(olds=_struct(olds), news=_struct(news)))
        if answer.failures:
            raise joined([failure.reason for failure in answer.failures])
        return _properties(answer.inputs)

    def diff(self, id_: str, olds: Properties, news: Properties) -> Difference:
        """Compare."""
        answer = _call(self._stub.Diff, provider_pb2.DiffRequest(id=id_, olds=_struct(olds), news=_struct(news)))
        different = answer.changes == provider_pb2.DiffResponse.DIFF_SOME
        return Difference(changes=different, replaces=bool(answer.replaces))

    def create(self, news: Properties) -> tuple[str, Properties]:
        """Return id and outputs."""
        answer = _call(self._stub.Create, provider_pb2.CreateRequest(properties=_struct(news)))
        return answer.id, _properties(answer.properties)

    def update(self, id_: str, olds: Properties, news: Properties) -> Properties:
        """Return the outputs."""
        request = provider_pb2.UpdateRequest(id=id_, olds=_struct(olds), news=_struct(news))
        return _properties(_call(self._stub.Update, request).properties)

    def delete(self, id_: str, olds: Properties) -> None:
        """Delete."""
        _call(self._stub.Delete, provider_pb2.DeleteRequest(id=id_, properties=_struct(olds)))


def _call(method: Callable[..., Any], request: Any) -> Any:
    try:
        return method(request, timeout=ANSWER_SECONDS)
    except grpc.RpcError as error:
        raise StepFailed(error.details()) from None


def _struct(properties: Properties) -> Struct:
    return json_format.ParseDict(properties, Struct())


def _properties(struct: Struct) -> Properties:
    properties: Properties = json_format.MessageToDict(struct)
    return properties
