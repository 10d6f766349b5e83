"""Immutable values that are looked up again and again: hashed once, and copied with changes at little cost.

An exploration makes millions of them, each of which shares all but one part with the one before. A frozen dataclass
hashes all its parts at every lookup, and `dataclasses.replace` takes longer than the step of the model that needs it.
"""

from typing import Any, TypeVar

_HASH = "_hash"
_Value = TypeVar("_Value")


def hashed_once(cls: type[_Value]) -> type[_Value]:
    """Let the values of a frozen dataclass remember their hash; apply it above `@dataclass`.

    What has no hash, because a part of it has none, raises as before.
    """
    compute: Any = cls.__hash__
    setattr(cls, _HASH, None)

    def remembered(self: Any) -> int:
        found: int | None = self._hash
        if found is None:
            found = self.__dict__[_HASH] = compute(self)
        return found

    cls.__hash__ = remembered  # type: ignore[method-assign]  # as a decorator of classes does
    return cls


def replace(value: _Value, /, **changes: Any) -> _Value:
    """Do what `dataclasses.replace` does, for frozen dataclasses whose parts are all given to `__init__`.

    Raises:
        TypeError: it has no such part.
    """
    parts = value.__dict__ | changes
    if len(parts) != len(value.__dict__):
        message = f"{type(value).__name__} has not all of {', '.join(changes)}"
        raise TypeError(message)
    parts.pop(_HASH, None)
    made = object.__new__(type(value))
    object.__setattr__(made, "__dict__", parts)
    return made
