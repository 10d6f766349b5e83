"""How much memory the processes of an operation take."""

from collections.abc import Mapping

from tools.bench.processes import ENGINE, PROGRAM, PROVIDER, Usage
from tools.bench.table import Table

_MEGABYTE = 1e6


def memory(usages: Mapping[str, Usage]) -> Table:
    """Return the peaks of resident memory, by operation."""
    table = Table(title="Memory", columns=("operation", "provider process", "program", "engine"))
    for operation, usage in usages.items():
        peaks = (f"{usage.peak_bytes[part] / _MEGABYTE:.0f} MB" for part in (PROVIDER, PROGRAM, ENGINE))
        table.add(operation, *peaks)
    table.notes.append("The largest resident size seen in a look every 50 ms.")
    return table
