"""The command line: `python3 -m tools.toolchain`, a part of `make setup`."""

import contextlib
import fcntl
import sys
from collections.abc import Iterator

from tools.toolchain.building import build
from tools.toolchain.programs import PROGRAMS, Program, ToolchainError, cache_root, find, locate

_OLDEST_PYTHON = (3, 11)
_INTERRUPTED = 130
_OLD_LANGUAGE_HOST = (
    "This pulumi is for the lab: its Python language host is of 2023, and `pulumi install` with it puts an "
    "environment into the root of the project instead of .venv. For a real cluster install Pulumi's own CLI, which is "
    "used here too once it is on PATH (docs/start/first-steps.md)."
)


def main(*, quiet: bool = False) -> int:
    """Build what is missing and say where every program is.

    Args:
        quiet: say nothing where nothing is missing, since this is only the way to something else.

    Returns:
        The exit code: 0 done, 1 failed (standard error says why and what to do), 130 interrupted.
    """
    try:
        _setup(quiet=quiet)
    except (ToolchainError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted. Run `make setup` again: it goes on from here.", file=sys.stderr)
        return _INTERRUPTED
    return 0


def _setup(*, quiet: bool) -> None:
    if sys.version_info < _OLDEST_PYTHON:
        oldest = ".".join(map(str, _OLDEST_PYTHON))
        message = (
            f"{sys.executable} is older than Python {oldest}: install it and run `make setup PYTHON=python{oldest}`."
        )
        raise ToolchainError(message)
    missing = _missing()
    if missing:
        with _alone():
            # Looked for again: the setup that held the lock before may have built it all.
            for program in _missing():
                build(program)
    if quiet and not missing:
        return
    for program in PROGRAMS:
        print(f"{program.name}: {locate(program.name)}")
    if locate("pulumi").is_relative_to(cache_root()):
        print(_OLD_LANGUAGE_HOST)


def _missing() -> list[Program]:
    return [program for program in PROGRAMS if find(program) is None]


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """Wait for another setup to end; the system frees the lock when its holder dies."""
    cache_root().mkdir(parents=True, exist_ok=True)
    with (cache_root() / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Another setup runs and shows its progress; this one waits for it to end.", flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


if __name__ == "__main__":
    sys.exit(main(quiet="--quiet" in sys.argv[1:]))
