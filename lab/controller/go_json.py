"""Decodes JSON as the controller's decoder does, with its error texts (docs/facts/alibaba-cloud.md, Controller errors).

The controller is written in Go. encoding/json ignores unknown keys, takes null for an absent value, and names the
innermost struct and the path to the field when a value has the wrong type.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal


class GoDecodeError(ValueError):
    """A value has a type that its field cannot hold; the message is Go's."""


@dataclass(frozen=True, kw_only=True)
class Scalar:
    """A Go string, bool or int, or a pointer to one: then an absent value is not the zero value."""

    go: Literal["string", "bool", "int"]
    pointer: bool = False


@dataclass(frozen=True, kw_only=True)
class IntOrString:
    """Kubernetes' intstr.IntOrString; decoded to an int, 0 when the text is not a number."""


@dataclass(frozen=True, kw_only=True)
class Struct:
    """A Go struct."""

    name: str
    fields: "Mapping[str, GoType]"


@dataclass(frozen=True, kw_only=True)
class Slice:
    """A Go slice; of an optional one it is known whether there was none or an empty one."""

    go: str
    element: "GoType"
    optional: bool = False


GoType = Scalar | IntOrString | Struct | Slice


@dataclass(frozen=True, kw_only=True)
class Decoder:
    """Decodes values of a schema.

    Attributes:
        case_sensitive: False matches keys in any case, as encoding/json itself does.
    """

    case_sensitive: bool = True

    def decode(self, value: Any, schema: Struct) -> dict[str, Any]:
        """Decode an object.

        Returns:
            Every field by its JSON name: zero values where there was no value, None for absent pointers.

        Raises:
            GoDecodeError: the first wrong type, in the order of the keys.
        """
        decoded: dict[str, Any] = self._value(value, schema, _Place(struct=schema.name, path=""))
        return decoded

    def _value(self, value: Any, kind: GoType, place: "_Place") -> Any:
        if value is None:
            return _zero(kind)
        match kind:
            case Scalar():
                return _scalar(value, kind, place)
            case IntOrString():
                return _int_or_string(value)
            case Slice():
                if not isinstance(value, list):
                    raise place.error(value, kind.go)
                return [self._value(each, kind.element, place) for each in value]
            case Struct():
                if not isinstance(value, Mapping):
                    raise place.error(value, f"v1.{kind.name}")
                return self._struct(value, kind, place)

    def _struct(self, value: "Mapping[str, Any]", kind: Struct, place: "_Place") -> dict[str, Any]:
        result = {name: _zero(field) for name, field in kind.fields.items()}
        # Kubernetes hands the object over with sorted keys.
        for key in sorted(value):
            name = self._field(key, kind)
            if name is not None:
                result[name] = self._value(value[key], kind.fields[name], place.within(kind.name, name))
        return result

    def _field(self, key: str, kind: Struct) -> str | None:
        if key in kind.fields:
            return key
        if self.case_sensitive:
            return None
        return next((name for name in kind.fields if name.casefold() == key.casefold()), None)


@dataclass(frozen=True, kw_only=True)
class _Place:
    struct: str
    path: str

    def within(self, struct: str, field: str) -> "_Place":
        return _Place(struct=struct, path=f"{self.path}.{field}" if self.path else field)

    def error(self, value: Any, go_type: str) -> GoDecodeError:
        field = f"{self.struct}.{self.path}" if self.path else ""
        where = f"Go struct field {field}" if field else "Go value"
        return GoDecodeError(f"json: cannot unmarshal {_word(value)} into {where} of type {go_type}")


def _scalar(value: Any, kind: Scalar, place: _Place) -> Any:
    fits = {
        "string": isinstance(value, str),
        "bool": isinstance(value, bool),
        "int": isinstance(value, int) and not isinstance(value, bool),
    }
    if fits[kind.go]:
        return value
    if kind.go == "int" and isinstance(value, float):
        field = f"{place.struct}.{place.path}"
        message = f"json: cannot unmarshal number {value:g} into Go struct field {field} of type int"
        raise GoDecodeError(message)
    raise place.error(value, kind.go)


def _int_or_string(value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str):
        return int(value) if value.isascii() and value.isdigit() else 0
    # IntOrString decodes by itself and knows nothing of the field that it stands in.
    message = f"json: cannot unmarshal {_word(value)} into Go value of type int32"
    raise GoDecodeError(message)


def _word(value: Any) -> str:
    match value:
        case bool():
            return "bool"
        case str():
            return "string"
        case int() | float():
            return "number"
        case list():
            return "array"
        case _:
            return "object"


def _zero(kind: GoType) -> Any:
    match kind:
        case Scalar(pointer=True) | Slice(optional=True):
            return None
        case Scalar(go="string"):
            return ""
        case Scalar(go="bool"):
            return False
        case Scalar() | IntOrString():
            return 0
        case Slice():
            return []
        case Struct():
            return {name: _zero(field) for name, field in kind.fields.items()}
