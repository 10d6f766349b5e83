"""Many names in one sentence."""

from collections.abc import Sequence

_MOST_NAMES = 5


def listing(names: Sequence[str], *, between: str = ", ") -> str:
    """Return names for people: the first of them, and the number of the rest."""
    rest = len(names) - _MOST_NAMES
    return between.join(names[:_MOST_NAMES]) + (f" and {rest} more" if rest > 0 else "")
