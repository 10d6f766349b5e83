"""The command line: `python3 -m tools.toolchain setup`."""

import argparse
import sys
from pathlib import Path

from tools.toolchain.building import build_missing, check_buildable
from tools.toolchain.catalogue import PROGRAMS
from tools.toolchain.environment import check_room, provide_environment
from tools.toolchain.errors import ToolchainError
from tools.toolchain.selection import choose

_OLDEST_PYTHON = (3, 11)
_INTERRUPTED = 130


def main() -> int:
    """Carry out the command line.

    Returns:
        The exit code: 0 done, 1 failed (one sentence on standard error says why and what to do), 130 interrupted.
    """
    parser = argparse.ArgumentParser(prog="python3 -m tools.toolchain", description=__doc__)
    parser.add_argument("command", choices=["setup"], help="provide the virtual environment and all programs")
    parser.parse_args()
    try:
        _setup()
    except ToolchainError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted. Run `make setup` again: it goes on from here.", file=sys.stderr)
        return _INTERRUPTED
    return 0


def _setup() -> None:
    if sys.version_info < _OLDEST_PYTHON:
        message = (
            f"{sys.executable} is Python {sys.version.split()[0]}, and 3.11 or newer is needed: "
            "install it and run `make setup PYTHON=python3.11`."
        )
        raise ToolchainError(message)
    choices = [choose(program) for program in PROGRAMS]
    missing = [choice.program for choice in choices if choice.must_build]
    # Before pip runs for minutes: who has no Go should hear it at once.
    check_buildable(missing)
    check_room()
    if not provide_environment():
        print("Python packages: as pinned in requirements-dev.txt")
    build_missing(missing)
    home = str(Path.home())
    for choice in choices:
        shown = str(choice.path).replace(home, "~", 1)
        print(f"{choice.program.name} {choice.version}: {shown} ({choice.reason})")


if __name__ == "__main__":
    sys.exit(main())
