"""`python -m tests.faults [--only KIND] [--labs N] [--report FILE]`: into docs/evidence/ by `make test-faults`."""

import argparse
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.faults.document import document, document_of_cells
from tests.faults.kinds import LASTING, PASSING
from tests.faults.table import Tables, Throttled, Tried
from tests.helpers.evidence import Took, write_pages

_TESTS = "tests/stack"
_KINDS = {False: [kind.name for kind in PASSING], True: [kind.name for kind in LASTING]}


class Collector:
    """A pytest plugin that keeps what tests recorded; with several processes, the reports come here as well."""

    def __init__(self) -> None:
        """Start with nothing."""
        self.tables = Tables()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep what a test recorded while it ran."""
        if report.when != "call":
            return
        for name, value in report.user_properties:
            if name == "faults":
                self.tables.tried += [Tried(**each) for each in _items(value)]
            if name == "throttled":
                self.tables.throttled += [Throttled(**each) for each in _items(value)]


def main() -> int:
    """Run the tests and write the page.

    Returns:
        pytest's exit code: 0 when every cell is right.
    """
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--only", default="", help="part of a test's name: a kind of fault, or `lasts and throttle`")
    parser.add_argument("--labs", type=int, default=4, help="labs side by side; each needs 0.6 GB")
    parser.add_argument("--report", type=Path, help="write totals to this FILE.md, all cells to FILE-table.md")
    options = parser.parse_args()
    collector, started = Collector(), time.monotonic()
    words = ["-q", "-m", "faults", "-k", options.only, "--numprocesses", str(options.labs), "--dist", "worksteal"]
    code = pytest.main([*words, "--durations", "5", _TESTS], plugins=[collector])
    tables = collector.tables
    tables.tried.sort(key=lambda one: (one.lasting, _KINDS[one.lasting].index(one.kind)))
    print("\n".join([*tables.passing(), *tables.lasting(), "", *tables.figures()]))
    for sentence in tables.wrong:
        print(f"WRONG: {sentence}")
    if options.report is not None:
        took = Took(command="make test-faults", labs=options.labs, started=started)
        write_pages(options.report, document(tables, took), document_of_cells(tables, took))
    return int(code)


def _items(value: object) -> list[dict[str, Any]]:
    return value if isinstance(value, list) else []


if __name__ == "__main__":
    sys.exit(main())
