"""What the processes of one CLI call did, as tools/bench/tracer/sitecustomize.py has written it down."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

_TRACER = Path(__file__).resolve().parent / "tracer"

CONNECTIONS, ROUND, BASELINE, ALB = "paced connections", "round of clients", "one answer before", "wait for the ALB"
PROOF, LOOK, KEY = "proof", "look at cluster and cloud", "private key"
CALLS = {
    "components.preflight.schedule:_found": LOOK,
    "alb_mtls.listeners.proof_run:ProofPlan.baseline": BASELINE,
    "alb_mtls.handshake.proving:Proving.run": PROOF,
    "alb_mtls.handshake.proving:Proving._round": ROUND,
    "alb_mtls.handshake.proving:Proving._converge": CONNECTIONS,
    "alb_mtls.listeners.alb_wait:wait_for_alb": ALB,
    "alb_mtls.pki.keys:generate_private_key": KEY,
}
"""What is noted beside imports and the engine's requests, by the name that it is shown by."""


@dataclass(frozen=True, kw_only=True)
class Event:
    """One thing that a process did.

    Attributes:
        kind: `process` (it began), `import`, `call`, or `request` (of the engine to the provider).
        begin: on the monotonic clock.
        end: on the same.
    """

    pid: int
    kind: str
    name: str
    begin: float
    end: float
    thread: int

    @property
    def seconds(self) -> float:
        """How long it took."""
        return self.end - self.begin


def traced(folder: Path, calls: Iterable[str] = CALLS, *, imports: bool = False) -> dict[str, str]:
    """Return the environment of a CLI call whose processes write into `folder`, which is made new.

    Args:
        folder: for one file of each process.
        calls: keys of `CALLS`.
        imports: whether imports are noted too, which takes a little time itself.
    """
    folder.mkdir(parents=True)
    return {
        "PYTHONPATH": str(_TRACER),
        "ALB_MTLS_BENCH_TRACE": str(folder),
        "ALB_MTLS_BENCH_CALLS": "\n".join(f"{where}={CALLS[where]}" for where in calls),
        "ALB_MTLS_BENCH_IMPORTS": "yes" if imports else "no",
    }


def events(folder: Path) -> list[Event]:
    """Return what was written, in the order in which it began."""
    found = [
        Event(pid=int(path.stem), **json.loads(line))
        for path in folder.glob("*.jsonl")
        for line in path.read_text("utf-8").splitlines()
    ]
    return sorted(found, key=lambda event: event.begin)


def seconds_of(found: Iterable[Event], name: str) -> float:
    """Return how long calls of a name took together, what passed side by side once."""
    total, until = 0.0, float("-inf")
    for event in sorted((one for one in found if one.name == name), key=lambda one: one.begin):
        total += max(event.end - max(event.begin, until), 0.0)
        until = max(until, event.end)
    return total


def processes(found: Iterable[Event]) -> Mapping[int, str]:
    """Return the command line of each Python process that wrote something."""
    return {event.pid: event.name for event in found if event.kind == "process"}
