"""How many examples of a property are tried: a tenth in `make check`, half in `make test`, all with THOROUGH=all."""

import os

_SHARES = {None: 10, "yes": 2, "all": 1}


def examples(number: int) -> int:
    """Return how many of `number` examples this run tries."""
    return max(1, number // _SHARES[os.environ.get("THOROUGH")])
