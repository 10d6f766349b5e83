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

    def remembered(self: Any) -> int:
        known = self.__dict__
        if _HASH not in known:
            known[_HASH] = compute(self)
        found: int = known[_HASH]
        return found

    cls.__hash__ = remembered  # type: ignore[method-assign]  # as a decorator of classes does
    return cls


def replace(value: _Value, /, **changes: Any) -> _Value:
    """Do what `dataclasses.replace` does, for frozen dataclasses whose parts are all given to `__init__`.

    Raises:
        TypeError: it has no such part.
    """
    parts = value.__dict__
    if not changes.keys() <= parts.keys():
        message = f"{type(value).__name__} has not all of {', '.join(changes)}"
        raise TypeError(message)
    made = object.__new__(type(value))
    made.__dict__.update(parts)
    made.__dict__.pop(_HASH, None)
    made.__dict__.update(changes)
    return made
