"""An engine for the resources of this program: Pulumi's order of steps and of saves, and nothing else of it.

What of Pulumi matters for a kill (docs/facts/pulumi.md, Order of steps): a resource is in the state once its step has
come to its end, and as it was before until then; a replacement is created, then dependents are updated, then the old
one is deleted; a failed step ends the run, and no delete follows; deletes run in the reverse order of creation.
"""

import socket
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

import grpc
from google.protobuf import json_format
from google.protobuf.struct_pb2 import Struct
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from tests.crash.work import Desired, Properties, Resource, State, Work

_ANSWER_SECONDS = 120
_DIFFERENT = provider_pb2.DiffResponse.DIFF_SOME


class StepFailed(Exception):  # noqa: N818  # named after what happened
    """A provider refused or ended; the text is its own."""


def run(work: Work, pipe: Connection) -> None:
    """Be an engine: say where it listens, hear the provider's port, do the work and say what came of it.

    Args:
        work: what to do.
        pipe: sends `Message`s, receives one port.
    """
    # Never accepted: the watch of an orphan only has to find out that nobody listens any more.
    with socket.create_server(("127.0.0.1", 0)) as listening:
        pipe.send(("listens", f"127.0.0.1:{listening.getsockname()[1]}"))
        with grpc.insecure_channel(f"127.0.0.1:{pipe.recv()}") as channel:
            engine = _Engine(work, provider_pb2_grpc.ResourceProviderStub(channel), lambda *message: pipe.send(message))
            try:
                engine.run()
            except StepFailed as failure:
                pipe.send(("failed", str(failure)))
            else:
                pipe.send(("done", ""))


class _Engine:
    def __init__(
        self, work: Work, provider: provider_pb2_grpc.ResourceProviderStub, say: Callable[[str, str], None]
    ) -> None:
        self._work = work
        self._provider = provider
        self._say = say
        self._state = State.read(work.state)
        self._registered = 0

    def run(self) -> None:
        """Do the work.

        Raises:
            StepFailed: and the state is as after the last step that came to its end.
        """
        self._call(
            "configure", self._provider.Configure, provider_pb2.ConfigureRequest(args=_struct(self._work.config))
        )
        desired = self._work.desired or ()
        for one in desired:
            self._register(one)
        names = {one.name for one in desired}
        for resource in reversed(list(self._state.resources)):
            if resource.replaced or resource.name not in names:
                self._delete(resource)

    def _register(self, desired: Desired) -> None:
        old = self._state.current(desired.name)
        inputs = self._checked(desired, old)
        if old is None:
            self._create(desired.name, inputs)
            return
        request = provider_pb2.DiffRequest(id=old.id, olds=_struct(old.outputs), news=_struct(inputs))
        difference = self._call(f"diff {desired.name}", self._provider.Diff, request)
        if difference.replaces:
            self._create(desired.name, inputs, replaced=old)
        elif difference.changes == _DIFFERENT:
            self._update(old, inputs)
        else:
            old.inputs = inputs
            self._keep(old)

    def _checked(self, desired: Desired, old: Resource | None) -> Properties:
        given = dict(desired.inputs)
        for key, (name, output) in desired.references.items():
            of = self._state.current(name)
            if of is None:
                message = f"{desired.name} refers to {name}, which is not there"
                raise StepFailed(message)
            given[key] = of.outputs[output]
        request = provider_pb2.CheckRequest(olds=_struct(old.inputs if old else {}), news=_struct(given))
        answer = self._call(f"check {desired.name}", self._provider.Check, request)
        if answer.failures:
            raise StepFailed(str(answer.failures))
        return _properties(answer.inputs)

    def _create(self, name: str, inputs: Properties, replaced: Resource | None = None) -> None:
        request = provider_pb2.CreateRequest(properties=_struct(inputs))
        answer = self._step(f"create {name}", self._provider.Create, request)
        if replaced is not None:
            replaced.replaced = True
        self._keep(Resource(name=name, id=answer.id, inputs=inputs, outputs=_properties(answer.properties)))
        self._state.save()

    def _update(self, resource: Resource, inputs: Properties) -> None:
        request = provider_pb2.UpdateRequest(id=resource.id, olds=_struct(resource.outputs), news=_struct(inputs))
        answer = self._step(f"update {resource.name}", self._provider.Update, request)
        resource.inputs, resource.outputs = inputs, _properties(answer.properties)
        self._keep(resource)
        self._state.save()

    def _keep(self, resource: Resource) -> None:
        """Put what is registered in front of what was not come to yet, each in its order."""
        resources = self._state.resources
        if resource in resources:
            resources.remove(resource)
        resources.insert(self._registered, resource)
        self._registered += 1

    def _delete(self, resource: Resource) -> None:
        request = provider_pb2.DeleteRequest(id=resource.id, properties=_struct(resource.outputs))
        self._step(f"delete {resource.name}", self._provider.Delete, request)
        self._state.resources.remove(resource)
        self._state.save()

    def _step(self, name: str, method: Callable[..., Any], request: Any) -> Any:
        """Call what changes the world; its result, success or failure, can be lost before the engine knows it."""
        try:
            return self._call(name, method, request)
        finally:
            self._say("answered", name)
            if self._work.lose == name:
                # Whoever plays this run kills a process now.
                time.sleep(_ANSWER_SECONDS)

    def _call(self, name: str, method: Callable[..., Any], request: Any) -> Any:
        self._say("begins", name)
        try:
            return method(request, timeout=_ANSWER_SECONDS)
        except grpc.RpcError as error:
            message = f"{name}: {error.details()}"
            raise StepFailed(message) from None


def _struct(properties: Properties) -> Struct:
    return json_format.ParseDict(properties, Struct())


def _properties(struct: Struct) -> Properties:
    properties: Properties = json_format.MessageToDict(struct)
    return properties
