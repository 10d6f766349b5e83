"""Builds programs from their pinned Go tools modules into the cache."""

import contextlib
import fcntl
import os
import shutil
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from tools.toolchain.cache import bin_directory, cache_root, is_built
from tools.toolchain.catalogue import Program
from tools.toolchain.errors import ToolchainError
from tools.toolchain.golang import Go, build_environment, check_disk, find_go, module_folder
from tools.toolchain.running import Task, clock, run
from tools.toolchain.versions import parse_version

_SECONDS_BETWEEN_LOOKS = 0.5
_SECONDS_BETWEEN_LINES = 15.0
_EXECUTABLE = 0o755


def build_missing(programs: Sequence[Program]) -> None:
    """Build what is not in the cache yet, one program after the other.

    A binary appears under its name only when whole, and Go keeps the packages that it has compiled, so that an
    interrupted build goes on where it was.

    Args:
        programs: What must be in the cache afterwards.

    Raises:
        ToolchainError: Go is missing, too old or fails, or the disk is too small.
    """
    if all(is_built(program) for program in programs):
        return
    with _lock():
        # Whoever held the lock may have built them.
        missing = [program for program in programs if not is_built(program)]
        if not missing:
            return
        go = find_go(missing)
        check_disk(go, missing)
        minutes = sum(program.usual_minutes for program in missing)
        print(
            f"Building {len(missing)} of {len(programs)} programs with Go {go.version}, "
            f"usually about {minutes:.0f} min in all on 2 cores. Interrupt it at will: the next run goes on.",
            flush=True,
        )
        for number, program in enumerate(missing, start=1):
            _build(go, program, title=f"[{number}/{len(missing)}] {program.name} {program.pinned}")


def check_buildable(programs: Sequence[Program]) -> None:
    """Check that what is not in the cache yet could be built, before anything that takes minutes is begun.

    Args:
        programs: What must be in the cache afterwards.

    Raises:
        ToolchainError: Go is missing or too old, or the disk is too small.
    """
    missing = [program for program in programs if not is_built(program)]
    if missing:
        check_disk(find_go(missing), missing)


def _build(go: Go, program: Program, *, title: str) -> None:
    folder = bin_directory(program)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        part = folder / f"{program.name}.part"
        # go build refuses to overwrite a file that is not a whole program.
        part.unlink(missing_ok=True)
    except OSError as error:
        message = f"{folder} cannot be written ({error.strerror}): set XDG_CACHE_HOME to a folder that can."
        raise ToolchainError(message) from error
    run(
        Task(
            title=title,
            arguments=_go_build(go, program, part),
            folder=program.source,
            environment=build_environment(),
            usual=f"about {clock(program.usual_minutes * 60)} on 2 cores",
            counted="packages compiled",
            counts=_is_package,
            remedy="Mend what it says below (no network? set GOPROXY), then run `make setup` again: it goes on.",
        )
    )
    for file in program.files:
        _lay_beside(module_folder(go, program, file.module) / file.path, folder / file.name)
    part.replace(folder / program.name)


def _go_build(go: Go, program: Program, output: Path) -> list[str]:
    version = parse_version(program.pinned)
    stamps = [
        f"-X {variable}="
        + template.format(
            version=program.pinned,
            major=version.major if version else "",
            minor=version.minor if version else "",
        )
        for variable, template in program.version_variables
    ]
    flags = ["-mod=readonly", "-trimpath", "-buildvcs=false", "-v", "-ldflags", " ".join(["-s -w", *stamps])]
    return [str(go.binary), "build", *flags, "-o", str(output), program.package]


def _lay_beside(source: Path, target: Path) -> None:
    part = target.with_name(f"{target.name}.part")
    # The module cache is read-only: its mode must not come along.
    shutil.copyfile(source, part)
    part.chmod(_EXECUTABLE)
    part.replace(target)


def _is_package(line: str) -> bool:
    """Tell the names of packages that `go build -v` prints from downloads and errors."""
    return bool(line.strip()) and " " not in line.strip() and not line.startswith("#")


@contextlib.contextmanager
def _lock() -> Iterator[None]:
    """Keep a second setup from building the same; the system frees the lock when its holder dies."""
    root = cache_root()
    try:
        root.mkdir(parents=True, exist_ok=True)
        file = (root / "lock").open("a+")
    except OSError as error:
        message = f"{root} cannot be written ({error.strerror}): set XDG_CACHE_HOME to a folder that can."
        raise ToolchainError(message) from error
    with file:
        _wait_for(file.fileno())
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def _wait_for(descriptor: int) -> None:
    last_line = float("-inf")
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() - last_line >= _SECONDS_BETWEEN_LINES:
                holder = (cache_root() / "lock").read_text() or "of unknown id"
                print(f"Another setup (process {holder}) is building; waiting for it.", flush=True)
                last_line = time.monotonic()
            time.sleep(_SECONDS_BETWEEN_LOOKS)
        else:
            return
