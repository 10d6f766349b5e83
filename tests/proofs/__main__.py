"""What a proof passes and what it does not: `python -m tests.proofs [--runs N] [--write]`.

Simulated runs take seconds, whole proofs on real sockets about forty minutes; `--runs` takes fewer of these.
"""

import argparse
import random
import statistics
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from alb_mtls.handshake.stretch import CONNECTIONS, bound
from lab.dataplane.second import Lag
from tests.helpers.evidence import Took, row, rule
from tests.proofs import simulated, sockets
from tests.proofs.simulated import Run

TEMPLATE = Path(__file__).with_name("page.md")
PAGE = Path(__file__).parents[2] / "docs" / "evidence" / "proof.md"
SHARES = (0.01, 0.02, 0.05, 0.1, 0.2)
REAL_SHARES = (0.05, 0.1, 0.2)
SIMULATED, BAD, GOOD = 200, 20, 50
DEADLINE, PATIENT_DEADLINE = 10.0, 60.0
MACHINES, FOLLOWING, LOSS = 20, 10.0, 0.03
_MUST_FAIL_FROM = 0.05

Row = tuple[str, list[Run]]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run all, print the page or write it; 1 when a run ended as it must not."""
    parser = argparse.ArgumentParser(prog="python -m tests.proofs", description=__doc__)
    parser.add_argument("--runs", type=int, default=GOOD, help="at most so many of each kind on real sockets")
    parser.add_argument("--write", action="store_true", help="write the page of evidence")
    chosen = parser.parse_args(arguments)
    begun, source = time.monotonic(), random.Random(14)  # noqa: S311 - it simulates, and guards nothing
    bad = [(f"{share:.0%}", _simulated(simulated.always(share), DEADLINE, 0.0, source)) for share in SHARES]
    following = simulated.following(MACHINES, FOLLOWING)
    good = [
        ("none", _simulated(following, PATIENT_DEADLINE, 0.0, source)),
        (f"{LOSS:.0%}", _simulated(following, PATIENT_DEADLINE, LOSS, source)),
    ]
    real_bad = [
        (
            f"{share:.0%}",
            _on_sockets(Lag(machines=MACHINES, share=share, never=True), DEADLINE, 0.0, min(chosen.runs, BAD)),
        )
        for share in REAL_SHARES
    ]
    lag = Lag(machines=MACHINES, share=1.0, seconds=FOLLOWING)
    real_good = [
        (name, _on_sockets(lag, PATIENT_DEADLINE, loss, chosen.runs))
        for name, loss in (("none", 0.0), (f"{LOSS:.0%}", LOSS))
    ]
    tables = {
        "bad": _table("machines that lag", "state machine alone", bad),
        "real_bad": _table("machines that lag", f"whole proofs on real sockets, {MACHINES} machines", real_bad),
        "good": _table("connections lost", "state machine alone", good, ends=True),
        "real_good": _table("connections lost", "whole proofs on real sockets", real_good, ends=True),
    }
    page = _page(Took(command="python -m tests.proofs --write", labs=0, started=begun), tables)
    print(page)
    if chosen.write:
        PAGE.write_text(page, "utf-8")
    passed = [run for name, runs in (*bad, *real_bad) for run in runs if run.is_proven and _must_fail(name)]
    failed = [run for _, runs in (*good, *real_good) for run in runs if not run.is_proven]
    return 1 if passed or failed else 0


def _never(share: float) -> Lag:
    return Lag(machines=MACHINES, share=share, never=True)


def _must_fail(name: str) -> bool:
    return float(name.removesuffix("%")) / 100 >= _MUST_FAIL_FROM


def _simulated(share: simulated.Share, deadline: float, loss: float, source: random.Random) -> list[Run]:
    return [simulated.run(share, deadline=deadline, loss=loss, source=source) for _ in range(SIMULATED)]


def _on_sockets(lag: Lag, deadline: float, loss: float, runs: int) -> list[Run]:
    found = []
    for number in range(runs):
        run, why = sockets.run(lag, deadline=deadline, loss=loss)
        print(f"{lag}, loss {loss:.0%}, {number + 1} of {runs}: {run} {why[:160]}", file=sys.stderr, flush=True)
        found.append(run)
    return found


def _page(took: Took, tables: dict[str, str]) -> str:
    return TEMPLATE.read_text("utf-8").format(
        took=took,
        connections=CONNECTIONS,
        bound=f"{bound(CONNECTIONS):.1%}",
        deadline=DEADLINE,
        patient=PATIENT_DEADLINE,
        machines=MACHINES,
        following=FOLLOWING,
        must_fail=_MUST_FAIL_FROM,
        **tables,
    )


def _table(first: str, kind: str, rows: Sequence[Row], *, ends: bool = False) -> str:
    head = [first, kind, "proven", *(["median end after the switch"] if ends else [])]
    lines = [row(*head), rule(len(head))]
    for name, runs in rows:
        end = [f"{statistics.median(run.seconds for run in runs):.1f} s"] if ends else []
        lines.append(row(name, f"{len(runs)} runs", sum(run.is_proven for run in runs), *end))
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
