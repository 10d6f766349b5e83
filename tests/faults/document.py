"""docs/evidence/faults.md, with method and totals, and faults-table.md beside it, with every cell."""

from pathlib import Path

from tests.faults.table import Tables
from tests.helpers.evidence import Took


def document(tables: Tables, took: Took) -> str:
    """Return the page of method and totals."""
    introduction = Path(__file__).with_name("introduction.md").read_text("utf-8")
    lasting = sum(1 for one in tables.tried if one.lasting)
    wrong = sum(1 for one in tables.tried if one.wrong)
    count = (
        f"{len(tables.tried) - lasting} faults that pass and {lasting} that last were met by operations; "
        f"{wrong or 'none'} of them went wrong."
    )
    lines = [introduction, "## Result", "", str(took), "", count, ""]
    lines += ["## Ten requests a second", "", *tables.figures()]
    return "\n".join(lines) + "\n"


def document_of_cells(tables: Tables, took: Took) -> str:
    """Return the page of the tables."""
    lines = ["# Faults in cloud and cluster: every cell", "", "What a cell means: [faults](faults.md).", str(took), ""]
    lines += ["## Faults that pass", "", *tables.passing(), ""]
    lines += ["## Faults that last", *tables.lasting()]
    return "\n".join(lines) + "\n"
