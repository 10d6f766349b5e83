"""The document that keeps the figures, with the machine they were taken on."""

import os
import platform
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import psutil

from tools.bench.table import Table
from tools.toolchain import locate

_GIGABYTE = 1e9
_CPU_INFO = Path("/proc/cpuinfo")

_INTRODUCTION = """# Performance

`make bench` wrote this page: everything below was measured in one run, on the lab, over loopback.
A real cloud answers later than the lab does; the column of API calls says how often that counts.
To repeat it: `make bench`, on a machine with nothing else to do.
"""


def load_average() -> str:
    """Return how many processes were ready to run during the last 1, 5 and 15 minutes."""
    return ", ".join(f"{each:.1f}" for each in os.getloadavg())


def machine() -> list[tuple[str, str]]:
    """Return what is to be known of the machine before anything is measured.

    Raises:
        ToolchainError: there is no pulumi.
    """
    return [
        ("date", f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC"),
        ("commit", _output("git", "describe", "--always", "--dirty")),
        ("processors", f"{len(os.sched_getaffinity(0))} x {_processor()}"),
        ("memory", f"{psutil.virtual_memory().total / _GIGABYTE:.0f} GB"),
        ("system", f"{platform.system()} {platform.release()}, Python {platform.python_version()}"),
        ("pulumi", _output(str(locate("pulumi")), "version")),
        ("openssl", _output("openssl", "version").partition(" (")[0]),
        ("load average before (1, 5, 15 min)", load_average()),
    ]


def document(tables: Sequence[Table], described: Sequence[tuple[str, str]]) -> str:
    """Return the page."""
    facts = [*described, ("load average after", load_average())]
    rows = "\n".join(f"| {name} | {value} |" for name, value in facts)
    sections = "\n".join(table.markdown() for table in tables)
    return f"{_INTRODUCTION}\n## The machine\n\n| | |\n|---|---|\n{rows}\n\n{sections}".rstrip() + "\n"


def _processor() -> str:
    lines = _CPU_INFO.read_text("utf-8").splitlines() if _CPU_INFO.exists() else []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.machine())


def _output(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
