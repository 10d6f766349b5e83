"""The Go toolchain that builds: found, new enough, with room on the disk, and its checksums on."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tools.toolchain.cache import cache_root
from tools.toolchain.catalogue import Program
from tools.toolchain.errors import ToolchainError
from tools.toolchain.versions import Version, parse_version

_GIGABYTE = 10**9
_SECONDS_TO_ANSWER = 60


@dataclass(frozen=True, kw_only=True)
class Go:
    """A Go that may build.

    Attributes:
        binary: The go command.
        version: Its version.
        modules: Where it keeps downloaded modules.
        build_cache: Where it keeps compiled packages, so that an interrupted build goes on.
    """

    binary: Path
    version: Version
    modules: Path
    build_cache: Path


def build_environment() -> dict[str, str]:
    """Return the environment of every go command.

    Whatever switches the checksum database off, or lets go.sum or the toolchain change, is overruled; proxies and a
    checksum database of the user's own stay.
    """
    environment = dict(os.environ)
    if environment.get("GOSUMDB") == "off":
        del environment["GOSUMDB"]
    return environment | {
        "GOFLAGS": "-mod=readonly",
        "GOINSECURE": "",
        # An empty GONOSUMDB falls back to GOPRIVATE and then to `go env -w`; "none" matches no module.
        "GONOSUMDB": "none",
        "GOTOOLCHAIN": "local",
        "GOWORK": "off",
    }


def find_go(programs: Iterable[Program]) -> Go:
    """Find the Go that can build some programs.

    Args:
        programs: What is to be built; their go.mod say which Go they need.

    Raises:
        ToolchainError: There is none, it does not work, it is too old, or its checksums are off by `go env -w`.
    """
    wanted = list(programs)
    needed = max(_needed_version(program.source / "go.mod") for program in wanted)
    names = ", ".join(program.name for program in wanted)
    binary = shutil.which("go")
    if binary is None:
        message = (
            f"Go is not on PATH, and {names} must be built: "
            f"install Go {needed} or newer (https://go.dev/doc/install) and run `make setup` again."
        )
        raise ToolchainError(message)
    answers = _ask(binary, ("GOVERSION", "GOMODCACHE", "GOCACHE", "GOSUMDB"))
    version = parse_version(answers["GOVERSION"])
    if version is None or version < needed:
        message = (
            f"{binary} is Go {version or answers['GOVERSION']}, and {names} need {needed} or newer: "
            "put a newer one first on PATH (https://go.dev/doc/install) and run `make setup` again."
        )
        raise ToolchainError(message)
    if answers["GOSUMDB"] == "off":
        message = (
            "Go's checksum database is switched off in its settings: run `go env -u GOSUMDB`, then `make setup` again."
        )
        raise ToolchainError(message)
    return Go(
        binary=Path(binary),
        version=version,
        modules=Path(answers["GOMODCACHE"]),
        build_cache=Path(answers["GOCACHE"]),
    )


def check_disk(go: Go, programs: Iterable[Program]) -> None:
    """Check that what is to be built fits on the disk.

    Args:
        go: The Go that builds.
        programs: What is to be built.

    Raises:
        ToolchainError: A file system has too little room.
    """
    wanted = list(programs)
    needs = {
        go.modules: sum(program.module_gigabytes for program in wanted),
        go.build_cache: sum(program.build_gigabytes for program in wanted),
        cache_root(): sum(program.binary_gigabytes for program in wanted),
    }
    by_device: dict[int, tuple[Path, float]] = {}
    for folder, gigabytes in needs.items():
        existing = _existing(folder)
        first, already = by_device.get(existing.stat().st_dev, (existing, 0.0))
        by_device[existing.stat().st_dev] = (first, already + gigabytes)
    for folder, gigabytes in by_device.values():
        free = shutil.disk_usage(folder).free / _GIGABYTE
        if free < gigabytes:
            message = (
                f"{free:.1f} GB are free on the disk of {folder}, and building {', '.join(p.name for p in wanted)} "
                f"takes up to {gigabytes:.1f} GB: make room (`go clean -cache` empties Go's build cache), "
                "or point GOMODCACHE, GOCACHE and XDG_CACHE_HOME to another disk, and run `make setup` again."
            )
            raise ToolchainError(message)


def module_folder(go: Go, program: Program, module: str) -> Path:
    """Return where the source of a module lies, at the version that a program is built with and go.sum verified.

    Raises:
        ToolchainError: It has not been downloaded.
    """
    answer = _run(go.binary, ["list", "-m", "-f", "{{.Dir}}", module], folder=program.source).strip()
    if not answer:
        message = f"The source of {module} is not in {go.modules}: run `make setup` again."
        raise ToolchainError(message)
    return Path(answer)


def _needed_version(go_mod: Path) -> Version:
    found = re.search(r"^go (\S+)$", go_mod.read_text(), re.MULTILINE)
    version = parse_version(found[1]) if found else None
    if version is None:
        message = f"{go_mod} names no Go version: restore it with `git checkout -- {go_mod}`"
        raise ToolchainError(message)
    return version


def _ask(binary: str, names: tuple[str, ...]) -> Mapping[str, str]:
    lines = _run(Path(binary), ["env", *names], folder=Path(binary).parent).splitlines()
    return dict(zip(names, (line.strip() for line in lines), strict=True))


def _run(binary: Path, arguments: list[str], *, folder: Path) -> str:
    try:
        answer = subprocess.run(
            [str(binary), *arguments],
            cwd=folder,
            env=build_environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_SECONDS_TO_ANSWER,
            check=True,
        )
    except (OSError, subprocess.SubprocessError) as error:
        said = getattr(error, "stderr", None) or str(error)
        message = f"`{binary} {' '.join(arguments)}` did not work; reinstall Go or put another first on PATH.\n{said}"
        raise ToolchainError(message) from error
    return answer.stdout


def _existing(folder: Path) -> Path:
    return next(parent for parent in (folder, *folder.parents) if parent.exists())
