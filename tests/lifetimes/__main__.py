"""`python -m tests.lifetimes [--minutes N] [--report FILE]`."""

import time
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from tests.helpers.evidence import Took
from tests.helpers.stack_of_its_own import stack_of_its_own
from tests.lifetimes.living import CLIENTS, Living
from tests.lifetimes.page import page


def main(
    minutes: Annotated[int, typer.Option(min=2, help="How long clients live on.")] = 30,
    report: Annotated[Path | None, typer.Option(help="Write the page to this file.")] = None,
) -> None:
    """Let an `up` run every two minutes on a lab of its own, and clients of ten minutes live by it."""
    started = time.monotonic()
    with stack_of_its_own("lifetimes", CLIENTS) as own:
        lifetimes = Living(own.stack, own.target, own.files, partial(print, flush=True)).run(minutes)
    for sentence in lifetimes.wrong[:20]:
        print(f"WRONG: {sentence}")
    if report is not None:
        words = f"python -m tests.lifetimes --minutes {minutes}"
        report.write_text(page(lifetimes, Took(command=words, labs=1, started=started)), "utf-8")
    raise typer.Exit(1 if lifetimes.wrong else 0)


if __name__ == "__main__":
    typer.run(main)
