"""Which binary is used: an installed one when recent enough, else the one in the cache, and why."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tools.toolchain.cache import bin_directory, cache_root, is_built
from tools.toolchain.catalogue import BY_NAME, PROGRAMS, Program
from tools.toolchain.errors import ProgramMissingError
from tools.toolchain.versions import Version, ask_version, parse_version

_KUBEBUILDER_PROGRAMS = {"kube-apiserver", "etcd"}


@dataclass(frozen=True, kw_only=True)
class Choice:
    """What was decided for a program.

    Attributes:
        program: The program.
        path: Its binary, or where it will be once built.
        version: The version of that binary, without a leading v.
        reason: Why this one, as half a sentence.
        must_build: There is no binary at path yet.
    """

    program: Program
    path: Path
    version: str
    reason: str
    must_build: bool = False


def choose(program: Program) -> Choice:
    """BuildPatch which binary of a program is used.

    KUBEBUILDER_ASSETS (kube-apiserver and etcd) comes before PATH, and both before the cache.

    Args:
        program: One of the catalogue.

    Returns:
        The installed binary when there is one that is complete and recent enough, else the one of the cache.
    """
    if program.belongs_to:
        return _choose_with_owner(program)
    refusals = []
    for origin, path in _installed(program):
        version = ask_version(path, program.version_arguments)
        if refusal := _refusal(program, path, version):
            refusals.append(f"{path} {refusal}")
            continue
        return Choice(
            program=program,
            path=path,
            version=str(version),
            reason=f"found in {origin}, and at least {program.oldest}",
        )
    return _from_cache(program, "built because " + ("; ".join(refusals) or "none is on PATH"))


def locate(name: str) -> Path:
    """Return the binary of a program.

    Args:
        name: pulumi, pulumi-language-python, kube-apiserver, etcd, caddy or zlint.

    Raises:
        ProgramMissingError: It is neither installed recently enough nor built yet.
        KeyError: There is no such program.
    """
    choice = choose(BY_NAME[name])
    if choice.must_build:
        message = f"{name} is not there yet (to be {choice.reason}): run `make setup`"
        raise ProgramMissingError(message)
    return choice.path


def bin_directories() -> list[Path]:
    """Return the folders to put on PATH so that every program is found under its name.

    Those of the cache come first: a folder of installed programs may hold one that is too old.

    Raises:
        ProgramMissingError: A program is neither installed recently enough nor built yet.
    """
    folders = dict.fromkeys(locate(program.name).parent for program in PROGRAMS)
    return sorted(folders, key=lambda folder: not folder.is_relative_to(cache_root()))


def _choose_with_owner(program: Program) -> Choice:
    owner = choose(BY_NAME[program.belongs_to])
    if owner.path.is_relative_to(cache_root()):
        return _from_cache(program, f"built because {program.belongs_to} is")
    return Choice(
        program=program,
        path=owner.path.with_name(program.name),
        version=owner.version,
        reason=f"came with {owner.path}",
    )


def _from_cache(program: Program, because: str) -> Choice:
    return Choice(
        program=program,
        path=bin_directory(program) / program.name,
        version=program.pinned.removeprefix("v"),
        reason=because,
        must_build=not is_built(program),
    )


def _installed(program: Program) -> Iterator[tuple[str, Path]]:
    assets = os.environ.get("KUBEBUILDER_ASSETS", "")
    if assets and program.name in _KUBEBUILDER_PROGRAMS:
        yield from _executable("KUBEBUILDER_ASSETS", Path(assets) / program.name)
    for folder in os.environ.get("PATH", "").split(os.pathsep):
        # `python -m lab env` puts the cache on PATH; what lies there is not an installation.
        if folder and not Path(folder).is_relative_to(cache_root()):
            yield from _executable("PATH", Path(folder) / program.name)


def _executable(origin: str, path: Path) -> Iterator[tuple[str, Path]]:
    if path.is_file() and os.access(path, os.X_OK):
        yield origin, path.absolute()


def _refusal(program: Program, path: Path, version: Version | None) -> str:
    if version is None:
        return f"does not tell its version when run with {' '.join(program.version_arguments)}"
    if version < program.oldest:
        return f"is {version}, older than {program.oldest}: {program.oldest_because}"
    pinned = parse_version(program.pinned)
    if pinned is not None and version.major != pinned.major:
        return f"is {version}, of another major version than {pinned}"
    lacking = [name for name in program.beside if not os.access(path.with_name(name), os.X_OK)]
    if lacking:
        return f"lacks {', '.join(lacking)} beside it"
    return ""
