"""`python -m tools.bench [--quick] [SECTION…]`; `make bench` sets the environment."""

import argparse
import signal
import sys
import tempfile
import time
import traceback
from pathlib import Path
from typing import Any

from rich.console import Console

from lab.lifecycle import LabError
from tools.bench.conditions import Conditions, Load, Run, begin_run, busy_others, now
from tools.bench.errors import BenchError
from tools.bench.kept import keep, kept
from tools.bench.page import page
from tools.bench.project import REPOSITORY
from tools.bench.section import Bench, Section
from tools.bench.sections import clients, cold, fleets, labs, listeners, previews, profile, rsa_keys, suite, ups
from tools.bench.size import QUICK, WHOLE
from tools.toolchain import ToolchainError

# A file or a pipe has no width of its own; the widest table fits.
_PIPED_WIDTH = 200

EVIDENCE = REPOSITORY / "docs" / "evidence"
_PAGE, _FIGURES = "performance.md", "performance"
SECTIONS: tuple[Section[Any], ...] = (
    profile.SECTION,
    previews.SECTION,
    listeners.SECTION,
    ups.SECTION,
    clients.SECTION,
    fleets.SECTION,
    rsa_keys.SECTION,
    labs.SECTION,
    suite.SECTION,
    cold.SECTION,
)


def main() -> int:
    """Measure section by section, keep each and write the page after it.

    Returns:
        The exit code: 0 done, 1 a section failed; the others were measured all the same.
    """
    arguments = _arguments()
    # Pulumi ends its plugins with SIGINT and waits five seconds where that is ignored, as in a script's background job.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    # Else the lab would outlive a bench that is ended.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    console, progress = Console(highlight=False), Console(stderr=True, highlight=False)
    if not console.is_terminal:
        console.width = _PIPED_WIDTH
    started = time.monotonic()

    def report(step: str) -> None:
        progress.print(f"{time.monotonic() - started:6.0f} s  {step}", markup=False, soft_wrap=True)

    with tempfile.TemporaryDirectory(prefix="alb-mtls-bench-") as name:
        evidence = Path(name) / "evidence" if arguments.quick else EVIDENCE
        try:
            run = begin_run()
        except ToolchainError as error:
            report(str(error))
            return 1
        names = arguments.sections or [one.name for one in SECTIONS if one.by_default]
        chosen = [one for one in SECTIONS if one.name in names]
        size = QUICK if arguments.quick else WHOLE
        failed = []
        for section in chosen:
            folder = Path(name) / section.name
            folder.mkdir()
            if not _measured(section, run, Bench(folder=folder, size=size, report=report), evidence):
                failed.append(section.name)
        for section in chosen:
            for table in _tables(section, evidence):
                table.show(console)
        report(f"written to {evidence / _PAGE}; load average now {Load.now()}")
    if failed:
        report(f"FAILED: {', '.join(failed)}; what the page shows of them, if anything, is of an earlier run")
    return 1 if failed else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tools.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small numbers, to try the bench; docs/ stays as it is")
    parser.add_argument(
        "sections",
        nargs="*",
        metavar="SECTION",
        help=f"one or more of {', '.join(one.name for one in SECTIONS)}; all but "
        f"{' and '.join(one.name for one in SECTIONS if not one.by_default)} without one",
    )
    arguments = parser.parse_args()
    unknown = sorted(set(arguments.sections) - {one.name for one in SECTIONS})
    if unknown:
        parser.error(f"no section is called {', '.join(unknown)}")
    return arguments


def _measured(section: Section[Any], run: Run, bench: Bench, evidence: Path) -> bool:
    """Measure one section, keep it and write the page; say why where that failed."""
    date, others, started = now(), busy_others(), time.monotonic()
    try:
        figures = section.measure(bench)
    except (BenchError, LabError, ToolchainError) as error:
        bench.report(f"{section.name} FAILED: {error}")
        return False
    except Exception:  # noqa: BLE001 - the other sections take twenty minutes, and none depends on this one
        bench.report(f"{section.name} FAILED:\n{traceback.format_exc()}")
        return False
    took = time.monotonic() - started
    conditions = Conditions(run=run, date=date, others=others, load_after=Load.now(), seconds=took)
    for disturbance in conditions.disturbances():
        bench.report(f"{section.name}: NOT A QUIET MACHINE: {disturbance}")
    keep(evidence / _FIGURES, section.name, conditions, figures)
    _write_page(evidence)
    return True


def _write_page(evidence: Path) -> None:
    found = {one.name: each for one in SECTIONS if (each := kept(evidence / _FIGURES, one.name)) is not None}
    pictures = {}
    for section in SECTIONS:
        if section.picture is not None and section.name in found:
            pictures[section.name] = f"{_FIGURES}-{section.name}.svg"
            drawn = section.picture(section.figures.model_validate(found[section.name].figures))
            (evidence / pictures[section.name]).write_text(drawn, "utf-8")
    (evidence / _PAGE).write_text(page(SECTIONS, found, pictures), "utf-8")


def _tables(section: Section[Any], evidence: Path) -> list[Any]:
    found = kept(evidence / _FIGURES, section.name)
    return [] if found is None else section.tables(section.figures.model_validate(found.figures))


if __name__ == "__main__":
    sys.exit(main())
