"""Builds programs from their pinned Go modules into the cache."""

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from tools.toolchain import programs
from tools.toolchain.programs import Program, ToolchainError, cache_folder
from tools.toolchain.running import Task, TaskFailedError, run

# Of memory, for two builds beside each other, and pip: docs/facts/toolchain.md, Build times.
_ENOUGH_FOR_TWO = 5 * 2**30
_MEMORY_OF_THE_MACHINE = Path("/proc/meminfo")
_LIMIT_OF_THE_CONTAINER = Path("/sys/fs/cgroup/memory.max")


def build_environment() -> dict[str, str]:
    """Return the environment of every go command: go.sum verifies each module and does not change, nor does Go.

    Compilers live for seconds: a garbage collector that waits for longer saves a tenth of what they compute.
    """
    return {"GOGC": "400", **os.environ, "GOFLAGS": "-mod=readonly", "GOTOOLCHAIN": "local", "GOWORK": "off"}


def require_go(missing: Sequence[Program]) -> None:
    """Find the Go that builds what is missing.

    Raises:
        ToolchainError: There is none.
    """
    if missing and shutil.which("go") is None:
        message = f"Go is not on PATH, and {missing[0].name} must be built: install it (https://go.dev/doc/install)."
        raise ToolchainError(message)


def build(missing: Sequence[Program]) -> None:
    """Build programs and their parts into the cache, where each appears under its name only when it is whole.

    Go keeps the packages that it has compiled: after a failure or an interrupt, the next build goes on from there.

    Args:
        missing: in the order in which they begin.

    Raises:
        ToolchainError: There is no Go, or it failed.
    """
    require_go(missing)
    tasks = [_build(each, program) for program in missing for each in (program, *program.parts)]
    at_once = _at_once()
    if at_once > 1:
        # Beside each other both would compile the standard library: while the first does that, all others are fetched.
        tasks[1:1] = [_fetch(each) for program in missing[1:] for each in (program, *program.parts)]
    try:
        run(tasks, at_once=at_once, environment=build_environment())
    except TaskFailedError as error:
        message = (
            f"{error.task.title}: failed with exit code {error.code}. It needs the Go of {error.task.folder}/go.mod or "
            "a newer one, a network (or GOPROXY), 2 GB of free memory (or GOMAXPROCS=1) and room on the disk. "
            f"`make setup` goes on from here.\n{error.printed}"
        )
        raise ToolchainError(message) from None
    finally:
        for program in missing:
            for part in cache_folder(program).glob("*.part"):
                part.unlink()


def _at_once() -> int:
    """Return how many builds run beside each other: while one links, which takes one core, another compiles."""
    [kilobytes] = re.findall(r"^MemAvailable: +(\d+) kB$", _MEMORY_OF_THE_MACHINE.read_text(), re.MULTILINE)
    memory = int(kilobytes) * 1024
    if _LIMIT_OF_THE_CONTAINER.exists() and (limit := _LIMIT_OF_THE_CONTAINER.read_text().strip()) != "max":
        memory = min(memory, int(limit))
    return 2 if memory >= _ENOUGH_FOR_TWO and os.environ.get("GOMAXPROCS") != "1" else 1


def _fetch(program: Program) -> Task:
    return Task(
        f"{program.name} {_version(program)}, fetched",
        ["go", "list", "-deps", "-f", "{{.ImportPath}}", program.package],
        programs.MODULES / program.folder,
    )


def _build(program: Program, whole: Program) -> Task:
    source, folder = programs.MODULES / program.folder, cache_folder(whole)
    version = _version(program)
    major, minor, _ = version[1:].split(".", 2)
    linking = f"-s -w {program.stamps.format(version=version, major=major, minor=minor)}"
    part = folder / f"{program.name}.part"
    # What a killed setup left: go refuses to write over a file that is not a whole program.
    part.unlink(missing_ok=True)
    folder.mkdir(parents=True, exist_ok=True)

    def ended() -> None:
        for script in program.scripts:
            # The module cache is read-only: its mode must not come along.
            shutil.copyfile(_sdk_folder(source) / script, folder / Path(script).name)
            (folder / Path(script).name).chmod(0o755)
        part.replace(folder / program.name)

    # What debuggers read is not linked: not to compile it either saves a tenth, and the program does the same.
    options = ["-trimpath", "-buildvcs=false", "-v", "-gcflags=all=-dwarf=false", "-ldflags", linking, "-o", str(part)]
    return Task(f"{program.name} {version}", ["go", "build", *options, program.package], source, ended)


def _version(program: Program) -> str:
    go_mod = (programs.MODULES / program.folder / "go.mod").read_text()
    [version] = re.findall(rf"^\s*(?:require )?{re.escape(program.module)} (v\S+)", go_mod, re.MULTILINE)
    return str(version)


def _sdk_folder(source: Path) -> Path:
    command = ["go", "list", "-m", "-f", "{{.Dir}}", programs.PULUMI_SDK]
    return Path(subprocess.check_output(command, cwd=source, env=build_environment(), text=True).strip())
