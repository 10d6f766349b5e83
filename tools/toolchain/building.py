"""Builds programs from their pinned Go modules into the cache."""

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from tools.toolchain import programs
from tools.toolchain.programs import Program, ToolchainError, cache_folder, first_version, version_of
from tools.toolchain.running import run


def build_environment() -> dict[str, str]:
    """Return the environment of every go command: go.sum verifies each module and does not change, nor does Go."""
    return {**os.environ, "GOFLAGS": "-mod=readonly", "GOTOOLCHAIN": "local", "GOWORK": "off"}


def find_go(missing: Sequence[Program]) -> str:
    """Return the go command that can build some programs.

    Raises:
        ToolchainError: There is none, or it is older than their go.mod ask for.
    """
    needed = max(first_version(_from_go_mod(program, r"^go (\S+)$")) for program in missing)
    go = shutil.which("go")
    if go is None or version_of(Path(go), "env", "GOVERSION") < needed:
        release, names = ".".join(map(str, needed)), ", ".join(program.name for program in missing)
        message = (
            f"{f'{go} is older than Go {release}' if go else 'Go is not on PATH'}, and {names} must be built: "
            f"install Go {release} or newer (https://go.dev/doc/install), put it first on PATH and run `make setup`."
        )
        raise ToolchainError(message)
    return go


def build(go: str, program: Program) -> None:
    """Build a program into the cache, where it appears under its name only when it is whole.

    Go keeps the packages that it has compiled: after a failure or an interrupt, the next build goes on from there.

    Raises:
        ToolchainError: The build failed.
    """
    version = _from_go_mod(program, rf"^\s*(?:require )?{re.escape(program.module)} (v\S+)$")
    major, minor, *_ = first_version(version)
    linking = f"-s -w {program.stamps.format(version=version, major=major, minor=minor)}"
    folder, source = cache_folder(program), programs.MODULES / program.folder
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f"{program.name}.part"
    # What a killed setup left: go refuses to write over a file that is not a whole program.
    part.unlink(missing_ok=True)
    command = [go, "build", "-trimpath", "-buildvcs=false", "-v", "-ldflags", linking, "-o", str(part)]
    try:
        run(
            f"{program.name} {version}",
            [*command, program.module + program.command],
            folder=source,
            environment=build_environment(),
            remedy="Is there a network (else set GOPROXY)? Then run `make setup` again: it goes on from here.",
        )
        for script in program.scripts:
            _copy(_sdk_folder(go, source) / script, folder)
        part.replace(folder / program.name)
    finally:
        part.unlink(missing_ok=True)


def _from_go_mod(program: Program, pattern: str) -> str:
    go_mod = programs.MODULES / program.folder / "go.mod"
    found = re.search(pattern, go_mod.read_text(), re.MULTILINE)
    if found is None:
        message = f"{go_mod} is not whole: restore it with `git checkout -- {go_mod}`."
        raise ToolchainError(message)
    return found[1]


def _sdk_folder(go: str, source: Path) -> Path:
    command = [go, "list", "-m", "-f", "{{.Dir}}", programs.PULUMI_SDK]
    return Path(subprocess.check_output(command, cwd=source, env=build_environment(), text=True).strip())


def _copy(script: Path, folder: Path) -> None:
    part = folder / f"{script.name}.part"
    shutil.copyfile(script, part)
    # The module cache is read-only: its mode must not come along.
    part.chmod(0o755)
    part.replace(folder / script.name)
