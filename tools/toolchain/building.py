"""Builds programs from their pinned Go modules into the cache, and shows all the while how far that is."""

import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from tools.toolchain import programs
from tools.toolchain.programs import Program, ToolchainError, cache_folder

_SECONDS_BETWEEN_LINES = 5.0
_BYTES_SHOWN = 2000


def build_environment() -> dict[str, str]:
    """Return the environment of every go command: go.sum verifies each module and does not change, nor does Go."""
    return {**os.environ, "GOFLAGS": "-mod=readonly", "GOTOOLCHAIN": "local", "GOWORK": "off"}


def build(program: Program) -> None:
    """Build a program and its parts into the cache, where each appears under its name only when it is whole.

    Go keeps the packages that it has compiled: after a failure or an interrupt, the next build goes on from there.

    Raises:
        ToolchainError: There is no Go, or it failed.
    """
    if shutil.which("go") is None:
        message = f"Go is not on PATH, and {program.name} must be built: install it (https://go.dev/doc/install)."
        raise ToolchainError(message)
    folder = cache_folder(program)
    folder.mkdir(parents=True, exist_ok=True)
    for each in (program, *program.parts):
        _build(each, folder)


def _build(program: Program, folder: Path) -> None:
    source = programs.MODULES / program.folder
    go_mod = (source / "go.mod").read_text()
    [version] = re.findall(rf"^\s*(?:require )?{re.escape(program.module)} (v\S+)", go_mod, re.MULTILINE)
    major, minor, _ = version[1:].split(".", 2)
    linking = f"-s -w {program.stamps.format(version=version, major=major, minor=minor)}"
    part = folder / f"{program.name}.part"
    # What a killed setup left: go refuses to write over a file that is not a whole program.
    part.unlink(missing_ok=True)
    options = ["-trimpath", "-buildvcs=false", "-v", "-ldflags", linking, "-o", str(part)]
    try:
        _run(f"{program.name} {version}", ["go", "build", *options, program.package], source)
        for script in program.scripts:
            # The module cache is read-only: its mode must not come along.
            shutil.copyfile(_sdk_folder(source) / script, folder / Path(script).name)
            (folder / Path(script).name).chmod(0o755)
        part.replace(folder / program.name)
    finally:
        part.unlink(missing_ok=True)


def _sdk_folder(source: Path) -> Path:
    command = ["go", "list", "-m", "-f", "{{.Dir}}", programs.PULUMI_SDK]
    return Path(subprocess.check_output(command, cwd=source, env=build_environment(), text=True).strip())


def _run(title: str, command: Sequence[str], folder: Path) -> None:
    """Run a command to its end, with a line at its start and every 5 seconds; its output is shown when it fails."""
    started = time.monotonic()
    print(f"{title}: started", flush=True)
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            command, cwd=folder, env=build_environment(), stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
        try:
            while (code := _ended(process)) is None:
                seconds = int(time.monotonic() - started)
                latest = (_end_of(output).splitlines() or [""])[-1].strip()
                print(f"{title}: {seconds // 60}:{seconds % 60:02d} {latest}", flush=True)
        except KeyboardInterrupt:
            # Not killed: go removes its temporary files, and ends its compilers, on an interrupt only.
            process.send_signal(signal.SIGINT)
            process.wait()
            raise
        printed = _end_of(output)
    if code:
        # What the largest builds take: docs/facts/toolchain.md, Build times.
        message = (
            f"{title}: failed with exit code {code}. It needs the Go of {folder}/go.mod or a newer one, a network (or "
            f"GOPROXY), 2 GB of free memory (or GOMAXPROCS=1) and room on the disk. `make setup` goes on from here.\n"
            f"{printed}"
        )
        raise ToolchainError(message)


def _ended(process: "subprocess.Popen[bytes]") -> "int | None":
    try:
        return process.wait(_SECONDS_BETWEEN_LINES)
    except subprocess.TimeoutExpired:
        return None


def _end_of(output: IO[bytes]) -> str:
    # The command writes at the offset that it shares with this file: seeking here would move it.
    size = os.fstat(output.fileno()).st_size
    return os.pread(output.fileno(), _BYTES_SHOWN, max(0, size - _BYTES_SHOWN)).decode(errors="replace")
