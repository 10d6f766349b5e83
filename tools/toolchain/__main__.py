"""The command line: `python3 -m tools.toolchain setup`."""

import argparse
import contextlib
import fcntl
import sys
from collections.abc import Iterator

from tools.toolchain.building import build, find_go
from tools.toolchain.environment import is_as_required, provide_environment
from tools.toolchain.programs import PROGRAMS, Program, ToolchainError, cache_root, find, locate

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
        message = f"{sys.executable} is older than Python 3.11: install it and run `make setup PYTHON=python3.11`."
        raise ToolchainError(message)
    if _missing() or not is_as_required():
        with _alone():
            _provide()
    for program in PROGRAMS:
        print(f"{program.name}: {locate(program.name)}")


def _provide() -> None:
    """Look again, since the setup that held the lock before may have provided it all, and provide what is missing."""
    missing = _missing()
    # Before pip runs for minutes: who has no Go should hear it at once.
    go = find_go(missing) if missing else ""
    if not is_as_required():
        provide_environment()
    for program in missing:
        build(go, program)


def _missing() -> list[Program]:
    return [program for program in PROGRAMS if find(program) is None]


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """Wait for another setup to end; the system frees the lock when its holder dies."""
    root = cache_root()
    try:
        root.mkdir(parents=True, exist_ok=True)
        lock = (root / "lock").open("w")
    except OSError as error:
        message = f"{root} cannot be written ({error.strerror}): set XDG_CACHE_HOME to a folder that can."
        raise ToolchainError(message) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Another setup runs and shows its progress; this one waits for it to end.", flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


if __name__ == "__main__":
    sys.exit(main())
