"""The command line: `python3 -m tools.toolchain [--able | --quiet] [lab]`, a part of `make setup`, `lab` and `demo`."""

import contextlib
import fcntl
import signal
import sys
from collections.abc import Iterator, Sequence

from tools.toolchain.building import build, require_go
from tools.toolchain.programs import LAB, PROGRAMS, Program, ToolchainError, cache_root, find, locate

_OLDEST_PYTHON = (3, 11)
_INTERRUPTED = 130
_OLD_LANGUAGE_HOST = (
    "This pulumi is for the lab: its Python language host is of 2023, and `pulumi install` with it puts an "
    "environment into the root of the project instead of .venv. For a real cluster install Pulumi's own CLI, which is "
    "used here too once it is on PATH (docs/start/first-steps.md)."
)


def main(wanted: Sequence[Program] = PROGRAMS, *, quiet: bool = False, able: bool = False) -> int:
    """Build what is missing and say where every program is.

    Args:
        wanted: the programs.
        quiet: say nothing where nothing is missing, since this is only the way to something else.
        able: build nothing and only say what it would fail for.

    Returns:
        The exit code: 0 done, 1 failed (standard error says why and what to do), 130 interrupted.
    """
    try:
        _check_python()
        if able:
            require_go(_missing(wanted))
        else:
            _setup(wanted, quiet=quiet)
    except (ToolchainError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted. Run `make setup` again: it goes on from here.", file=sys.stderr)
        return _INTERRUPTED
    return 0


def _check_python() -> None:
    if sys.version_info < _OLDEST_PYTHON:
        oldest = ".".join(map(str, _OLDEST_PYTHON))
        message = (
            f"{sys.executable} is older than Python {oldest}: install it and run `make setup PYTHON=python{oldest}`."
        )
        raise ToolchainError(message)


def _setup(wanted: Sequence[Program], *, quiet: bool) -> None:
    missing = _missing(wanted)
    if missing:
        with _alone():
            # Looked for again: the setup that held the lock before may have built it all.
            build(_missing(wanted))
    if quiet and not missing:
        return
    for program in wanted:
        print(f"{program.name}: {locate(program.name)}")
    if locate("pulumi").is_relative_to(cache_root()):
        print(_OLD_LANGUAGE_HOST)


def _missing(wanted: Sequence[Program]) -> list[Program]:
    return [program for program in wanted if find(program) is None]


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
    # What ends make ends what it runs: go must not go on alone.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    given = sys.argv[1:]
    sys.exit(main(LAB if "lab" in given else PROGRAMS, quiet="--quiet" in given, able="--able" in given))
