"""`python -m tests.crash.saves [--kills N] [--store URL] [--report FILE]`: kill the CLI while it saves.

The table of kills meets API calls; a save of the state is none. A program that registers many resources makes Pulumi
save again and again; the CLI is killed at a random moment, and then `stack ls`, `cancel` and `up` must work.
"""

import os
import random
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import psutil
import typer

from lab.environment import PASSPHRASE, file_backend, path_entries
from lab.paths import PROJECT
from tests.helpers.evidence import Took, row, rule

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
    kills: Annotated[int, typer.Option(min=1, help="How many in each store.")] = 60,
    store: Annotated[str, typer.Option(help="URL of another state store to try too.")] = "",
    seed: Annotated[int, typer.Option(help="Gives the same moments again.")] = 14,
    report: Annotated[Path | None, typer.Option(help="Write what came of it to this file.")] = None,
) -> None:
    """Kill a CLI at random moments of its saves, and use the stack again each time."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="saves-") as name:
        folder = Path(name)
        (folder / "store").mkdir()
        stores = {"a folder, with `?metadata=skip`": file_backend(folder / "store")}
        if store:
            stores[f"`{store.partition('://')[0]}://`"] = store
        tried = [
            Tried.of(Project(folder / f"project-{place}", url), label, kills, random.Random(seed))  # noqa: S311 - when to kill is no secret
            for place, (label, url) in enumerate(stores.items())
        ]
    page = _page(tried, Took(command="python -m tests.crash.saves", labs=0, started=started), seed)
    print(page)
    if report is not None:
        report.write_text(page, "utf-8")
    raise typer.Exit(1 if any(one.broken for one in tried) else 0)


@dataclass(frozen=True, kw_only=True)
class Tried:
    """What came of the kills in one store.

    Attributes:
        seconds: of an `up` that nobody kills.
        broken: what failed after a kill; the stack is not tried further.
    """

    store: str
    kills: int
    seconds: float
    broken: tuple[str, ...]

    @classmethod
    def of(cls, project: Project, store: str, kills: int, moments: random.Random) -> "Tried":
        """Kill, and use the stack again, until something fails."""
        began = time.monotonic()
        project.run(*UP)
        whole = time.monotonic() - began
        for number in range(1, kills + 1):
            project.killed(moments.uniform(_EARLIEST_SECONDS, whole), number)
            if broken := project.broken(number):
                return cls(store=store, kills=number, seconds=whole, broken=tuple(broken))
            if number % 10 == 0:
                print(f"{store}: {number} of {kills}", flush=True)
        return cls(store=store, kills=kills, seconds=whole, broken=())


def _page(tried: Sequence[Tried], took: Took, seed: int) -> str:
    rows = [
        row(one.store, one.kills, f"{one.seconds:.1f} s", "; ".join(one.broken) or "every command works")
        for one in tried
    ]
    head = [row("state store", "kills", "an `up` takes", "after each kill `stack ls`, `cancel` and `up`"), rule(4)]
    return "\n".join([_INTRODUCTION, f"{took}", f"Seed of the moments: {seed}.", "", *head, *rows, ""])


_INTRODUCTION = """# Killed while Pulumi saves the state

An `up` that registers 40 components saves again and again; the CLI is killed at a random moment of it.
A store in a folder without `?metadata=skip` can be left with an empty file of attributes, which stops every command
([production](../how-to/production.md#when-an-up-was-killed) has the way out;
`tests/stack/test_killed_saves.py` shows it).
"""


if __name__ == "__main__":
    typer.run(main)
