"""How many examples of a property are tried: all of them in `make test`, a tenth in `make check`."""

import os

THOROUGH = "THOROUGH"
_SHARE = 10


def examples(number: int) -> int:
    """Return how many of `number` examples this run tries."""
    return number if os.environ.get(THOROUGH) else max(1, number // _SHARE)
