"""Changing one thing in the values of a stack file."""

import copy
from collections.abc import Callable
from typing import Any

Change = Callable[[dict[str, Any]], object]


def put(path: str, value: object) -> Change:
    """Return a change that sets what stands at a path such as `clients.0.name`."""

    def change(values: dict[str, Any]) -> None:
        *parents, last = path.split(".")
        place: Any = values
        for part in parents:
            place = place[int(part)] if isinstance(place, list) else place.setdefault(part, {})
        place[int(last) if isinstance(place, list) else last] = copy.deepcopy(value)

    return change
