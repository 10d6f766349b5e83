"""Explores every scope and prints the table of docs/protocol.md: `python -m tests.helpers.protocol`."""

import sys

from tests.helpers.protocol.explore import explore
from tests.helpers.protocol.promises import PROMISES
from tests.helpers.protocol.replay import Program
from tests.helpers.protocol.scopes import scopes


def main() -> int:
    """Print a row for each scope, and the way to each broken promise; return 1 when there is one."""
    broken = 0
    for name, scope in scopes().items():
        found = explore(scope, Program(), PROMISES)
        print(f"| {name} | {found.states} | {found.transitions} |", flush=True)  # noqa: T201 - what it is for
        for promise, way in found.broken.items():
            broken += 1
            print(f"{promise} is broken:", *way, sep="\n    ")  # noqa: T201 - what it is for
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
