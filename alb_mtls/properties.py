"""Dataclasses to and from the properties that Pulumi keeps of a resource. Pure.

Pulumi hands every number on as a float and drops keys whose value is None (docs/facts/pulumi.md, Numbers and absent
values); names are camelCase in the state and snake_case here. Both are handled here and nowhere else.

So is a field that is *packed*: those of its items that belong to a fleet stand in a property of their own, all of them
in one compressed text. The SDK and the engine handle every value of a list by itself, which a thousand clients of ten
values each would feel, and `pulumi preview --diff` prints each one.
"""

import base64
import json
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from functools import cache, lru_cache
from types import NoneType, UnionType
from typing import Any, TypeVar, get_args, get_origin

_Record = TypeVar("_Record")
_PACKED = "packed"
# The fastest: keys and signatures cannot be compressed, and what repeats is found at any level.
_LEVEL = 1


class MissingPropertyError(KeyError):
    """A property that must be there is missing: an output of a resource that is not there yet, under `--target`.

    Attributes:
        name: of the property.
    """

    def __init__(self, name: str) -> None:
        """Name the property."""
        self.name = name
        super().__init__(name)


@dataclass(frozen=True)
class Packed:
    """How the items of a tuple or a dictionary are divided between two properties.

    Attributes:
        name: of the property that holds the packed ones.
        is_packed: says of an item, or of a key of a dictionary, whether it goes there.
    """

    name: str
    is_packed: Callable[[Any], bool]

    def metadata(self) -> dict[str, Any]:
        """Return what makes a field of a record packed."""
        return {_PACKED: self}


def property_names(record: type[Any]) -> list[str]:
    """Return the names of all properties that a record may have, in the order of its fields."""
    names = []
    for field in fields(record):
        names.append(camel_case(field.name))
        if _PACKED in field.metadata:
            names.append(field.metadata[_PACKED].name)
    return names


def camel_case(name: str) -> str:
    """Return the name of a property for the name of a field."""
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)


def from_props(record: type[_Record], props: Mapping[str, Any]) -> _Record:
    """Return the frozen dataclass that properties describe; properties that it has no field for are passed over.

    A value that is not of its field's type is left as it is: in a preview, what is not known yet.

    Raises:
        MissingPropertyError: a property that must be there is missing.
    """
    values = {}
    for plan in _plans(record):  # type: ignore[arg-type] # a class can be a key
        value = props.get(plan.name)
        packed = props.get(plan.packed.name) if plan.packed is not None else None
        if isinstance(packed, str):
            values[plan.field] = _joined(_decoded(plan.kind, value), _unpacked(plan.kind, packed))
        elif value is not None:
            values[plan.field] = value if plan.plain else _decoded(plan.kind, value)
        elif plan.may_be_none:
            values[plan.field] = None
        elif plan.required:
            raise MissingPropertyError(plan.name)
    return record(**values)


def to_props(record: Any) -> dict[str, Any]:
    """Return the properties of a frozen dataclass, without what is None: Pulumi drops that anyway."""
    props = {}
    for plan in _plans(type(record)):  # type: ignore[arg-type] # a class can be a key
        value = getattr(record, plan.field)
        if plan.packed is not None and isinstance(value, tuple | dict):
            value, packed = _divided(value, plan.packed.is_packed)
            if packed:
                props[plan.packed.name] = _pack(_encoded(packed))
        if value is not None:
            props[plan.name] = value if plan.plain else _encoded(value)
    return props


@dataclass(frozen=True)
class _Plan:
    """What is known of a field without its value; looking at its type again for each of many records takes time."""

    field: str
    name: str
    kind: Any
    plain: bool
    may_be_none: bool
    required: bool
    packed: Packed | None


@cache
def _plans(record: type[Any]) -> tuple[_Plan, ...]:
    return tuple(
        _Plan(
            field=field.name,
            name=camel_case(field.name),
            kind=field.type,
            plain=field.type in (str, str | None, bool, bool | None),
            may_be_none=NoneType in get_args(field.type),
            required=not _has_default(field),
            packed=field.metadata.get(_PACKED),
        )
        for field in fields(record)
    )


def _divided(value: Any, is_packed: Callable[[Any], bool]) -> tuple[Any, Any]:
    if isinstance(value, dict):
        packed = {name: one for name, one in value.items() if is_packed(name)}
        return {name: one for name, one in value.items() if name not in packed}, packed
    marked: Iterable[tuple[Any, bool]] = [(one, is_packed(one)) for one in value]
    return tuple(one for one, apart in marked if not apart), tuple(one for one, apart in marked if apart)


def _joined(value: Any, unpacked: Any) -> Any:
    """Return the items of both properties; what is no list or dictionary, as what is not known yet, as it is."""
    if isinstance(unpacked, dict) and isinstance(value, dict | None):
        return (value or {}) | unpacked
    if value is None:
        return unpacked
    return value + unpacked if isinstance(value, tuple) else value


# Of thousands of clients the same text comes with each call of a run, and in inputs and outputs.
@lru_cache(maxsize=4)
def _unpacked(kind: Any, packed: str) -> Any:
    return _decoded(kind, json.loads(zlib.decompress(base64.b64decode(packed))))


def _pack(value: Any) -> str:
    text = json.dumps(value, separators=(",", ":"), sort_keys=True)
    return base64.b64encode(zlib.compress(text.encode(), _LEVEL)).decode("ascii")


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
