"""Order as people count: 80 before 443, gw-2 before gw-10. Pure."""

import re
from typing import Final

_DIGITS: Final = re.compile(r"([0-9]+)")

NaturalKey = tuple[tuple[tuple[int, str], ...], str]


def natural(text: str) -> NaturalKey:
    """Return the key that sorts texts as people count; case and leading zeros only decide between what is alike."""
    # Texts stand at even places and digits at odd ones, so that like is compared with like. Digits compare by their
    # number first: a name may have more of them than Python reads as an integer.
    parts = _DIGITS.split(text.casefold())
    numbers = {place: part.lstrip("0") for place, part in enumerate(parts) if place % 2}
    key = tuple((len(numbers[at]), numbers[at]) if at in numbers else (0, part) for at, part in enumerate(parts))
    return key, text
