"""`python -m tests.crash.saves [--kills N] [--store URL] [--seed N]`: kill the CLI at random moments while it saves.

The table of kills meets API calls; a save of the state is none. A program that registers many resources makes Pulumi
save again and again; the CLI is killed at a random moment, and then `stack ls`, `cancel` and `up` must work.
"""

import os
import random
import shutil
import subprocess
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Annotated

import psutil
import typer

from lab.environment import PASSPHRASE, file_backend, path_entries
from lab.paths import PROJECT

PROGRAM = """
import os
import pulumi

for number in range(40):
    pulumi.ComponentResource("test:index:Saved", f"{os.environ['ROUND']}-{number}")
"""
STACK = "saved"
_SECONDS = 120
# Before this the CLI has not begun to save.
_EARLIEST_SECONDS = 0.3


class Project:
    """A small project with a store of its own."""

    def __init__(self, folder: Path, store: str) -> None:
        """Lay it out and create its stack."""
        (folder / "home").mkdir(parents=True)
        (folder / "Pulumi.yaml").write_text(
            "name: saves\nruntime: {name: python, options: {toolchain: pip, virtualenv: .venv}}\n", "utf-8"
        )
        (folder / "__main__.py").write_text(PROGRAM, "utf-8")
        (folder / ".venv").symlink_to(PROJECT / ".venv")
        self._folder = folder
        self._environment = {
            **os.environ,
            "PATH": os.pathsep.join([*path_entries(), os.environ.get("PATH", os.defpath)]),
            "PULUMI_BACKEND_URL": store,
            "PULUMI_HOME": str(folder / "home"),
            "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            "ROUND": "0",
        }
        self.run("stack", "init", STACK)

    def start(self, *words: str, number: int = 0) -> "subprocess.Popen[str]":
        """Start a call of the CLI; `number` is part of the names of the resources that it registers."""
        return subprocess.Popen(
            ["pulumi", *words, "--non-interactive"],
            cwd=self._folder,
            env={**self._environment, "ROUND": str(number)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, *words: str, number: int = 0) -> tuple[int, str]:
        """Call the CLI; return its exit code and what it printed."""
        with self.start(*words, number=number) as cli:
            text, _ = cli.communicate(timeout=_SECONDS)
            return cli.returncode, text

    def killed(self, after_seconds: float, number: int) -> None:
        """Kill an `up` at a moment, and everything that it has started, so that nothing of it is left."""
        with self.start("up", "--yes", "--skip-preview", "--stack", STACK, number=number) as cli:
            time.sleep(after_seconds)
            below = psutil.Process(cli.pid).children(recursive=True) if cli.poll() is None else []
            cli.kill()
            for process in below:
                if process.is_running():
                    process.kill()
            cli.communicate(timeout=_SECONDS)

    def broken(self, number: int) -> list[str]:
        """Return the commands that fail after a kill, with the end of what they printed."""
        commands = (("stack", "ls"), ("cancel", "--yes", "--stack", STACK), UP)
        results = [(" ".join(words[:2]), *self.run(*words, number=number)) for words in commands]
        return [f"{name}: {text.strip()[-200:]}" for name, code, text in results if code and "no update" not in text]


UP = ("up", "--yes", "--skip-preview", "--stack", STACK)


def main(
    kills: Annotated[int, typer.Option(min=1, help="How many.")] = 60,
    store: Annotated[str, typer.Option(help="URL of the state store; without one a folder with metadata=skip.")] = "",
    seed: Annotated[int, typer.Option(help="Gives the same moments again.")] = 14,
) -> None:
    """Kill a CLI at random moments of its saves, and use the stack again each time."""
    moments = random.Random(seed)  # noqa: S311 - when to kill is no secret
    folder = Path(tempfile.mkdtemp(prefix="saves-"))
    try:
        (folder / "store").mkdir()
        project = Project(folder / "project", store or file_backend(folder / "store"))
        began = time.monotonic()
        project.run(*UP)
        whole = time.monotonic() - began
        ended: Counter[str] = Counter()
        for number in range(1, kills + 1):
            after = moments.uniform(_EARLIEST_SECONDS, whole)
            project.killed(after, number)
            broken = project.broken(number)
            ended["broken" if broken else "right"] += 1
            for sentence in broken:
                print(f"killed {after:.3f} s after its start: {sentence}", flush=True)
            if broken:
                break
            if number % 10 == 0:
                print(f"{number} of {kills}", flush=True)
        print(f"{ended.total()} kills within {whole:.1f} s of an up, seed {seed}: {dict(ended)}", flush=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    raise typer.Exit(1 if ended["broken"] else 0)


if __name__ == "__main__":
    typer.run(main)
