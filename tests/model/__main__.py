"""Explores scopes and prints the table of docs/evidence/protocol-model.md: `python -m tests.model [PART OF A NAME …]`.

With `--all` the large scopes too as they are, which takes some minutes.
"""

import sys
import time

from tests.model.explore import explore
from tests.model.promises import PROMISES
from tests.model.replay import Program
from tests.model.scopes import scopes


def main(arguments: list[str]) -> int:
    """Print a row for each scope, and the way to each broken promise; return 1 when there is one."""
    broken, program = 0, Program()
    parts = [one for one in arguments if one != "--all"]
    for name, scope in scopes(whole="--all" in arguments).items():
        if parts and not any(one in name for one in parts):
            continue
        began = time.monotonic()
        found = explore(scope, program, PROMISES)
        print(f"| {name} | {found.states} | {found.transitions} |", flush=True)
        print(f"{time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
        for promise, way in found.broken.items():
            broken += 1
            print(f"{promise} is broken:", *way, sep="\n    ")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
