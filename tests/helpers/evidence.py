"""Pages of docs/evidence/: when and where their figures were made, and tables in Markdown."""

import os
import platform
import subprocess
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Took:
    """When and where figures were made.

    Attributes:
        command: that makes them again.
        labs: side by side; 0 where there are none.
        started: by `time.monotonic()`.
    """

    command: str
    labs: int
    started: float

    def __str__(self) -> str:
        """Say it in a sentence; a commit with `-dirty` is one whose sources were changed."""
        words = ["git", "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"]
        commit = subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip()
        minutes = (time.monotonic() - self.started) / 60
        labs = f" with {self.labs} labs side by side" if self.labs else ""
        machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
        return (
            f"Made on {datetime.now(UTC):%Y-%m-%d} from commit `{commit}` by `{self.command}`, "
            f"in {minutes:.0f} minutes{labs} on {machine}."
        )


def write_pages(report: Path, totals: str, cells: str) -> None:
    """Write the page of method and totals, and FILE-table.md beside it with every cell."""
    report.write_text(totals, "utf-8")
    report.with_stem(f"{report.stem}-table").write_text(cells, "utf-8")


def row(*columns: object) -> str:
    return f"| {' | '.join(str(column) for column in columns)} |"


def rule(columns: int) -> str:
    return "|---" * columns + "|"
