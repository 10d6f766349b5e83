"""Dataclasses to and from the properties that Pulumi keeps of a resource. Pure.

Pulumi hands every number on as a float and drops keys whose value is None (docs/facts/pulumi.md, Numbers and absent
values); names are camelCase in the state and snake_case here. Both are handled here and nowhere else.
"""

from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from types import NoneType, UnionType
from typing import Any, TypeVar, get_args, get_origin

_Record = TypeVar("_Record")


def camel_case(name: str) -> str:
    """Return the name of a property for the name of a field."""
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)


def from_props(record: type[_Record], props: Mapping[str, Any]) -> _Record:
    """Return the frozen dataclass that properties describe; properties that it has no field for are passed over.

    A value that is not of its field's type is left as it is: in a preview, what is not known yet.

    Raises:
        KeyError: a property that must be there is missing; the text is its name.
    """
    values = {}
    for field in fields(record):  # type: ignore[arg-type] # only dataclasses are given
        value = props.get(camel_case(field.name))
        if value is not None:
            values[field.name] = _decoded(field.type, value)
        elif NoneType in get_args(field.type):
            values[field.name] = None
        elif not _has_default(field):
            raise KeyError(camel_case(field.name))
    return record(**values)


def to_props(record: Any) -> dict[str, Any]:
    """Return the properties of a frozen dataclass, without what is None: Pulumi drops that anyway."""
    values = {camel_case(field.name): getattr(record, field.name) for field in fields(record)}
    return {name: _encoded(value) for name, value in values.items() if value is not None}


def _has_default(field: Field[Any]) -> bool:
    return field.default is not MISSING or field.default_factory is not MISSING


def _decoded(kind: Any, value: Any) -> Any:
    if isinstance(kind, UnionType):
        [kind] = (one for one in get_args(kind) if one is not NoneType)
    origin = get_origin(kind)
    if origin is tuple and isinstance(value, list | tuple):
        return tuple(_decoded(get_args(kind)[0], one) for one in value)
    if origin is dict and isinstance(value, Mapping):
        return {str(name): _decoded(get_args(kind)[1], one) for name, one in value.items()}
    if is_dataclass(kind) and isinstance(kind, type) and isinstance(value, Mapping):
        return from_props(kind, value)
    if kind is int and isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _encoded(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return to_props(value)
    if isinstance(value, tuple):
        return [_encoded(one) for one in value]
    if isinstance(value, dict):
        return {name: _encoded(one) for name, one in value.items()}
    return value
