"""How many examples of a property are tried: a tenth in `make check`, half in `make test`, all with THOROUGH=all."""

import os

_SHARES = {None: 10, "yes": 2, "all": 1}
_THOROUGH = os.environ.get("THOROUGH")
IS_QUICK = _THOROUGH is None
"""Whether this is a run of `make check`, which has a minute."""


def examples(number: int) -> int:
    """Return how many of `number` examples this run tries."""
    return max(1, number // _SHARES[_THOROUGH])
