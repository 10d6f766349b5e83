"""Providers called in this process, with properties as they come over the wire."""

import base64
from collections.abc import Mapping
from functools import cache
from typing import Any

import dill  # type: ignore[import-untyped]  # it ships no types
from pulumi.dynamic import ResourceProvider
from pulumi.dynamic.dynamic import serialize_provider

from tests.harness.engine import PROVIDER, Difference, joined
from tests.harness.state import Desired, Properties


class InProcess:
    """See `Providers`."""

    def check(self, olds: Properties, news: Properties) -> Properties:
        """Return the inputs as the provider takes them."""
        checked = _provider(news).check(_as_wire(olds), _as_wire(news))
        if checked.failures:
            raise joined([failure.reason for failure in checked.failures])
        return _sent(news, checked.inputs)

    def diff(self, id_: str, olds: Properties, news: Properties) -> Difference:
        """Compare."""
        found = _provider(news).diff(id_, _as_wire(olds), _as_wire(news))
        return Difference(changes=bool(found.changes), replaces=bool(found.replaces))

    def create(self, news: Properties) -> tuple[str, Properties]:
        """Return id and outputs."""
        created = _provider(news).create(_as_wire(news))
        return created.id, _sent(news, created.outs)

    def update(self, id_: str, olds: Properties, news: Properties) -> Properties:
        """Return the outputs."""
        return _sent(news, _provider(news).update(id_, _as_wire(olds), _as_wire(news)).outs)

    def delete(self, id_: str, olds: Properties) -> None:
        """Delete."""
        _provider(olds).delete(id_, _as_wire(olds))

    def read(self, id_: str, olds: Properties) -> tuple[str, Properties]:
        """Return id and outputs of what is there; an empty id stands for what is gone."""
        read = _provider(olds).read(id_, _as_wire(olds))
        return read.id or "", _sent(olds, read.outs)


def desired(name: str, kind: type[ResourceProvider], inputs: Properties, **references: tuple[str, str]) -> Desired:
    """Return a resource as the SDK registers it, with its provider among the inputs."""
    return Desired(name=name, inputs={**inputs, PROVIDER: _pickled(kind)}, references=references)  # type: ignore[arg-type]  # classes have a hash


@cache
def _pickled(kind: type[ResourceProvider]) -> str:
    text: str = serialize_provider(kind())
    return text


def _provider(properties: Properties) -> ResourceProvider:
    return _unpickled(properties[PROVIDER])


@cache
def _unpickled(text: str) -> ResourceProvider:
    provider: ResourceProvider = dill.loads(base64.b64decode(text))  # noqa: S301 - pickled by the program a moment ago
    return provider


def _sent(given: Properties, answered: Mapping[str, Any] | None) -> Properties:
    """Return what a provider answers, to which Pulumi's server adds the provider itself."""
    sent: Properties = _as_wire({**(answered or {}), PROVIDER: given[PROVIDER]})
    return sent


def _as_wire(value: Any) -> Any:
    """Copy a value as the engine does: it drops what is null, and hands every number on as a float."""
    if isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, dict):
        return {key: _as_wire(item) for key, item in value.items() if item is not None}
    return [_as_wire(item) for item in value] if isinstance(value, list) else value
