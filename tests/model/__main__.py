"""Explores every scope and prints the table of docs/evidence/protocol-model.md: `python -m tests.model`."""

import sys

from tests.model.explore import explore
from tests.model.promises import PROMISES
from tests.model.replay import Program
from tests.model.scopes import scopes


def main() -> int:
    """Print a row for each scope, and the way to each broken promise; return 1 when there is one."""
    broken = 0
    for name, scope in scopes().items():
        found = explore(scope, Program(), PROMISES)
        print(f"| {name} | {found.states} | {found.transitions} |", flush=True)
        for promise, way in found.broken.items():
            broken += 1
            print(f"{promise} is broken:", *way, sep="\n    ")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
