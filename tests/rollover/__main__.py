"""`python -m tests.rollover [--requests N] [--report FILE]`."""

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
from tests.rollover.page import page
from tests.rollover.steps import CLIENTS, Rolling


def main(
    requests: Annotated[int, typer.Option(min=60, help="How many are sent in all.")] = 10_000,
    report: Annotated[Path | None, typer.Option(help="Write the page to this file.")] = None,
) -> None:
    """Roll the root CA of a stack on a lab of its own over, while four clients ask on and on."""
    started = time.monotonic()
    with new_lab(f"rollover-{os.getpid()}") as lab, tempfile.TemporaryDirectory(prefix="rollover-") as name:
        folder = Path(name)
        stack = Stack(name="rollover", folder=folder / "project", environment=stack_environment(lab, folder))
        stack.configure(stack_config(lab, clients=list(CLIENTS)))
        rollover = Rolling(stack, Target.of(lab), folder / "files", _show).run(requests)
        stack.destroy()
    for sentence in rollover.wrong[:20]:
        print(f"WRONG: {sentence}")
    if report is not None:
        words = f"python -m tests.rollover --requests {requests}"
        report.write_text(page(rollover, Took(command=words, labs=1, started=started)), "utf-8")
    raise typer.Exit(1 if rollover.wrong else 0)


def _show(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    typer.run(main)
