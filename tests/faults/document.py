"""docs/evidence/faults.md, with method and totals, and faults-table.md beside it, with every cell."""

import os
import platform
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from tests.faults.table import Tables

_COMMAND = "make test-faults"


@dataclass(frozen=True, kw_only=True)
class Took:
    """When and where the tables were made.

    Attributes:
        commit: of the sources, with `-dirty` where they were changed.
        labs: side by side.
        seconds: from the first start to the last end.
    """

    day: date
    commit: str
    labs: int
    seconds: float


def document(tables: Tables, took: Took) -> str:
    """Return the page of method and totals."""
    introduction = Path(__file__).with_name("introduction.md").read_text("utf-8")
    lines = [introduction, "## Result", "", _taken(took), "", _count(tables), ""]
    lines += ["## Ten requests a second", "", *tables.figures()]
    return "\n".join(lines) + "\n"


def document_of_cells(tables: Tables, took: Took) -> str:
    """Return the page of the tables."""
    lines = [
        "# Faults in cloud and cluster: every cell",
        "",
        "What a cell means: [faults](faults.md).",
        _taken(took),
        "",
    ]
    lines += ["## Faults that pass", "", *tables.passing(), ""]
    lines += ["## Faults that last", *tables.lasting()]
    return "\n".join(lines) + "\n"


def _taken(took: Took) -> str:
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    return (
        f"Made on {took.day:%Y-%m-%d} from commit `{took.commit}` by `{_COMMAND}`, "
        f"in {took.seconds / 60:.0f} minutes with {took.labs} labs side by side on {machine}."
    )


def _count(tables: Tables) -> str:
    lasting = sum(1 for one in tables.tried if one.lasting)
    wrong = sum(1 for one in tables.tried if one.wrong)
    return (
        f"{len(tables.tried) - lasting} faults that pass and {lasting} that last were met by operations; "
        f"{wrong or 'none'} of them went wrong."
    )
