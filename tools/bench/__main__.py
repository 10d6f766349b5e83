"""`python -m tools.bench [--quick]`; `make bench` sets the environment."""

import argparse
import signal
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from lab.lifecycle import LabError
from tools.bench import clients, fleets, labs, previews, rsa_keys
from tools.bench.bench_lab import bench_lab
from tools.bench.document import document, load_average, machine
from tools.bench.errors import BenchError
from tools.bench.memory import memory
from tools.bench.project import REPOSITORY
from tools.bench.table import Table
from tools.toolchain import ToolchainError

# A file or a pipe has no width of its own; the widest table fits.
_PIPED_WIDTH = 180

DOCUMENT = REPOSITORY / "docs" / "evidence" / "performance.md"


@dataclass(frozen=True, kw_only=True)
class Size:
    """How much is measured."""

    rounds: int
    labs: int
    clients: tuple[int, ...]
    fleet: tuple[int, ...]
    fleet_of_rsa: int
    rsa_clients: int
    rsa_keys: int


WHOLE = Size(
    rounds=5,
    labs=5,
    clients=(100, 400, 2000),
    fleet=(250, 500, 1000, 2000, 10_000),
    fleet_of_rsa=1000,
    rsa_clients=20,
    rsa_keys=40,
)
QUICK = Size(rounds=2, labs=1, clients=(4, 8), fleet=(4, 8), fleet_of_rsa=4, rsa_clients=2, rsa_keys=4)


def main() -> int:
    """Measure, print the tables and keep them.

    Returns:
        The exit code: 0 done, 1 something that was to be timed failed.
    """
    parser = argparse.ArgumentParser(prog="python -m tools.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small numbers, to try the bench; docs/ stays as it is")
    quick = parser.parse_args().quick
    # Pulumi ends its plugins with SIGINT and waits five seconds where that is ignored, as in a script's background job.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    console, progress = Console(highlight=False), Console(stderr=True, highlight=False)
    if not console.is_terminal:
        console.width = _PIPED_WIDTH
    started = time.monotonic()

    def report(step: str) -> None:
        progress.print(f"{time.monotonic() - started:6.0f} s  {step}", markup=False)

    try:
        described = machine()
        tables = measure(QUICK if quick else WHOLE, report)
    except (BenchError, LabError, ToolchainError) as error:
        progress.print(f"bench: {error}", markup=False)
        return 1
    for table in tables:
        table.show(console)
    if not quick:
        DOCUMENT.write_text(document(tables, described), "utf-8")
        console.print(f"Written to {DOCUMENT.relative_to(REPOSITORY)}; load average now {load_average()}")
    return 0


def measure(size: Size, report: previews.Report) -> list[Table]:
    """Measure the start of labs, and everything else on one lab.

    Raises:
        BenchError: what was to be timed failed.
        LabError: there is no lab to measure on.
    """
    lab_table = labs.measure(rounds=size.labs, report=report)
    with tempfile.TemporaryDirectory(prefix="alb-mtls-bench-") as name, bench_lab(report) as lab:
        folder = Path(name)
        preview, usages = previews.measure(lab, folder / "previews", rounds=size.rounds, report=report)
        tables, deployed = clients.measure(lab, folder / "clients", numbers=size.clients, report=report)
        rsa, heavy = rsa_keys.measure(lab, folder / "rsa", clients=size.rsa_clients, keys=size.rsa_keys, report=report)
        fleet = fleets.measure(lab, folder / "fleets", numbers=size.fleet, rsa=size.fleet_of_rsa, report=report)
    usages |= {what: each.usage for what, each in deployed.items()}
    usages[f"up of {size.rsa_clients} RSA 4096 clients"] = heavy.usage
    return [preview, *tables, fleet, rsa, memory(usages), lab_table]


if __name__ == "__main__":
    sys.exit(main())
