"""What a run of all tests has left out, and why: one line at the end of `make test`.

Each run of pytest adds what it skipped to the file that the variable names; `python -m tests.helpers.left_out` prints
the line.
"""

import json
import os
from collections import Counter
from pathlib import Path

import pytest

_VARIABLE = "ALB_MTLS_LEFT_OUT"
LONGER = (
    "every fault (make test-faults), every kill (make test-killed), rarer operations of the engine "
    "(make test-engines), clients in Java, Node.js and Rust (make test-clients), the rehearsal (make rehearsal)"
)
"""What `make test` never runs, because it takes longer or needs more programs."""

_skipped: Counter[str] = Counter()


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Count a test that is skipped, by its reason; where workers run the tests, the process that hears of all."""
    if report.skipped and isinstance(report.longrepr, tuple):
        _skipped[report.longrepr[2].removeprefix("Skipped: ")] += 1


def pytest_sessionfinish() -> None:
    """Add the reasons to the file, if anybody wants to know them."""
    file = os.environ.get(_VARIABLE)
    if file and _skipped and "PYTEST_XDIST_WORKER" not in os.environ:
        Path(file).parent.mkdir(exist_ok=True)
        with Path(file).open("a") as stream:
            # One write: stages that run side by side add to the same file.
            stream.write("".join(json.dumps([reason, count]) + "\n" for reason, count in _skipped.items()))


def sentence(lines: list[str]) -> str:
    """Return the line that ends `make test`.

    Args:
        lines: of the file; none where nothing was skipped.
    """
    skipped: Counter[str] = Counter()
    for reason, count in map(json.loads, lines):
        skipped[reason] += count
    number = skipped.total()
    reasons = "; ".join(f"{count}: {reason}" for reason, count in sorted(skipped.items()))
    here = f"{number} test{'' if number == 1 else 's'} skipped ({reasons}), and " if number else ""
    return f"Everything that was run is fine. Not run: {here}what takes longer: {LONGER}."


def main() -> None:
    """Print it."""
    file = Path(os.environ[_VARIABLE])
    print(sentence(file.read_text().splitlines() if file.exists() else []))  # noqa: T201  # a command line prints


if __name__ == "__main__":
    main()
