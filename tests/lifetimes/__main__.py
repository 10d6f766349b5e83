"""`python -m tests.lifetimes [--minutes N] [--report FILE]`."""

import os
import tempfile
import time
from pathlib import Path
from typing import Annotated

import typer

from tests.helpers.evidence import Took
from tests.helpers.lab import new_lab
from tests.helpers.stack import Stack
from tests.helpers.stack_config import stack_config, stack_environment
from tests.helpers.traffic import Target
from tests.lifetimes.living import CLIENTS, Living
from tests.lifetimes.page import page


def main(
    minutes: Annotated[int, typer.Option(min=2, help="How long clients live on.")] = 30,
    report: Annotated[Path | None, typer.Option(help="Write the page to this file.")] = None,
) -> None:
    """Let an `up` run every two minutes on a lab of its own, and clients of ten minutes live by it."""
    started = time.monotonic()
    with new_lab(f"lifetimes-{os.getpid()}") as lab, tempfile.TemporaryDirectory(prefix="lifetimes-") as name:
        folder = Path(name)
        stack = Stack(name="lifetimes", folder=folder / "project", environment=stack_environment(lab, folder))
        stack.configure(stack_config(lab, clients=list(CLIENTS)))
        lifetimes = Living(stack, Target.of(lab), folder / "files", _show).run(minutes)
        stack.destroy()
    for sentence in lifetimes.wrong[:20]:
        print(f"WRONG: {sentence}")
    if report is not None:
        words = f"python -m tests.lifetimes --minutes {minutes}"
        report.write_text(page(lifetimes, Took(command=words, labs=1, started=started)), "utf-8")
    raise typer.Exit(1 if lifetimes.wrong else 0)


def _show(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    typer.run(main)
