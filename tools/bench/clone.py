"""A clone of this repository, in which one command of make is run as somebody would."""

import os
import re
import shlex
import signal
import subprocess
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path

from tools.bench.command import run
from tools.bench.errors import BenchError
from tools.bench.project import REPOSITORY

_SECONDS = 3600
_LAST_LINES = 40
# What make has in its environment of the make that runs the bench, and what `make bench` itself sets.
_OF_MAKE = ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "VIRTUAL_ENV", "SEED")
_STAGE = re.compile(r"<== (?P<name>.+): fine after (?P<seconds>\d+) s")


@dataclass(frozen=True, kw_only=True)
class Made:
    """A command that came to its end.

    Attributes:
        stages: seconds of each stage that it has printed, by name.
    """

    seconds: float
    stages: dict[str, int] = field(default_factory=dict)


def clone(folder: Path) -> Path:
    """Clone the commit of this tree.

    Raises:
        BenchError: git failed.
    """
    tree = folder / "alb-mtls"
    done = subprocess.run(
        ["git", "clone", "--quiet", "--no-hardlinks", str(REPOSITORY), str(tree)],
        capture_output=True,
        text=True,
        check=False,
    )
    head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=REPOSITORY, capture_output=True, text=True, check=False)
    checkout = ["git", "-C", str(tree), "checkout", "--quiet", head.stdout.strip()]
    done = done if done.returncode else subprocess.run(checkout, capture_output=True, text=True, check=False)
    if done.returncode:
        message = f"the tree cannot be cloned: {done.stderr.strip()}"
        raise BenchError(message)
    return tree


def lend_environment(tree: Path) -> None:
    """Give a clone the virtual environment of this tree, as of a clone that is set up already."""
    (tree / ".venv").symlink_to(REPOSITORY / ".venv")
    # Else make takes them for newer than what is installed.
    before = min(stamp.stat().st_mtime for stamp in (REPOSITORY / ".venv").glob("installed*")) - 1
    for path in tree.glob("requirements*.txt"):
        os.utime(path, (before, before))


def make(tree: Path, *words: str, **more: str) -> Made:
    """Run make in a clone, with further environment variables.

    Raises:
        BenchError: it failed, or did not end within an hour.
    """
    inherited = {name: value for name, value in os.environ.items() if name not in _OF_MAKE}
    ours = str(REPOSITORY / ".venv" / "bin")
    path = os.pathsep.join(each for each in inherited["PATH"].split(os.pathsep) if each != ours)
    environment = {**inherited, "PATH": path, **more}
    ended = run(
        ["make", *words],
        tree,
        environment,
        lambda _: nullcontext(),
        patience_seconds=_SECONDS,
        # It ends what it has started.
        end_with=signal.SIGTERM,
    )
    if ended.code:
        last = "\n".join(ended.printed.splitlines()[-_LAST_LINES:])
        message = f"{shlex.join(['make', *words])} in {tree} ended with {ended.code}:\n{last}"
        raise BenchError(message)
    stages = {found["name"]: int(found["seconds"]) for found in _STAGE.finditer(ended.printed)}
    return Made(seconds=ended.seconds, stages=stages)
