"""`python -m tests.rollover [--requests N] [--report FILE]`."""

import time
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from tests.helpers.evidence import Took
from tests.helpers.stack_of_its_own import stack_of_its_own
from tests.rollover.page import page
from tests.rollover.steps import CLIENTS, Rolling


def main(
    requests: Annotated[int, typer.Option(min=60, help="How many are sent in all.")] = 10_000,
    report: Annotated[Path | None, typer.Option(help="Write the page to this file.")] = None,
) -> None:
    """Roll the root CA of a stack on a lab of its own over, while four clients ask on and on."""
    started = time.monotonic()
    with stack_of_its_own("rollover", CLIENTS) as own:
        rollover = Rolling(own.stack, own.target, own.files, partial(print, flush=True)).run(requests)
    for sentence in rollover.wrong[:20]:
        print(f"WRONG: {sentence}")
    if report is not None:
        words = f"python -m tests.rollover --requests {requests}"
        report.write_text(page(rollover, Took(command=words, labs=1, started=started)), "utf-8")
    raise typer.Exit(1 if rollover.wrong else 0)


if __name__ == "__main__":
    typer.run(main)
