"""The engine of tools/killed makes the providers do what Pulumi's makes them do: the same calls in the same order.

So what its kills show holds for Pulumi's too, as far as the order of steps goes; that Pulumi saves after each step, and
what a killed CLI leaves behind, is tested with the real one (test_killed_cli.py). A roll-back is missing: it is all one
step, and nothing that the program accepts makes a proof of a generated root CA fail.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.helpers.lab import LabHandle
from tests.helpers.stack import Stack
from tests.helpers.stack_config import listener, stack_config
from tools.killed.bench import Bench
from tools.killed.calls import Call, Calls
from tools.killed.operations import OPERATIONS
from tools.killed.program import LISTENERS, Settings, record, stack_on
from tools.killed.running import bench_on

# What the program itself reads before it registers anything, and what for each further listener.
PREFLIGHT = [
    *("get albconfigs", "GetLoadBalancerAttribute"),
    *("list ingresses", "list ingressclasses", "list albconfigs", "list services"),
]
OF_ANOTHER_LISTENER = ["get albconfigs", "GetLoadBalancerAttribute"]


@dataclass(frozen=True, kw_only=True)
class Run:
    """A run of an engine.

    Attributes:
        goal: None destroys.
        before: what somebody else does to the world first.
        side_by_side: Pulumi does some of it at once: the order of reads differs from run to run, and whether one serves
            both.
    """

    goal: Settings | None
    before: Callable[[LabHandle], None] | None = None
    side_by_side: bool = False


PLAIN = "on an open listener"
"""The chain that every `make test` compares; the others take two minutes: `make test-engines`."""

_DONE = {each.name: each.before for each in OPERATIONS}
CHAINS = {
    PLAIN: {
        "first up": Run(goal=Settings()),
        "nothing to do": Run(goal=Settings()),
        "disable": Run(goal=Settings(enabled=False)),
        "enable": Run(goal=Settings()),
        "destroy": Run(goal=None),
    },
    "when something changes": {
        "first up": Run(goal=Settings()),
        "drift repair": Run(goal=Settings(), before=_DONE["drift repair"]),
        "CA gone from CAS": Run(goal=Settings(), before=_DONE["CA gone from CAS"]),
        "listener added": Run(goal=Settings(listeners=2), side_by_side=True),
        "listener removed": Run(goal=Settings()),
        "another CA": Run(goal=Settings(generation=2)),
        "destroy": Run(goal=None),
    },
    "over another CA": {
        "first up over another CA": Run(goal=Settings(take_over=True)),
        "destroy over another CA": Run(goal=None),
    },
}


@pytest.mark.parametrize(
    "chain", [pytest.param(name, marks=[] if name == PLAIN else pytest.mark.engines) for name in CHAINS]
)
def test_both_engines_make_the_same_calls(lab: LabHandle, tmp_path: Path, chain: str) -> None:
    stack = stack_on(lab, tmp_path / "stack")
    bench = bench_on(lab, record(lab, stack), tmp_path / "bench")
    bench.lay_ground(foreign=chain == "over another CA")
    real = {name: _real(lab, stack, run) for name, run in CHAINS[chain].items()}
    bench.start_anew()
    ours = {name: _ours(lab, bench, run) for name, run in CHAINS[chain].items()}
    assert ours == real


def test_the_chains_are_all_operations_but_the_roll_back() -> None:
    compared = {name for chain in CHAINS.values() for name in chain} - {"nothing to do"}
    assert compared == {operation.name for operation in OPERATIONS} - {"roll-back"}


def _real(lab: LabHandle, stack: Stack, run: Run) -> list[str]:
    _begin(lab, run)
    settings = run.goal
    if settings is None:
        stack.destroy()
        return _comparable(_calls(lab), run)
    root = {**stack_config(lab)["alb-mtls:rootCa"], "generations": [settings.generation]}
    names = LISTENERS[: settings.listeners]
    stack.configure(
        stack_config(
            lab,
            enabled=settings.enabled,
            rootCa={**root, "trusted": settings.generation},
            listeners=[listener(lab, name, 443, takeOver=settings.take_over) for name in names],
        )
    )
    stack.up()
    calls = _calls(lab)
    read = sorted(PREFLIGHT + OF_ANOTHER_LISTENER * (len(names) - 1))
    assert sorted(call.api for call in calls[: len(read)]) == read
    return _comparable(calls[len(read) :], run)


def _ours(lab: LabHandle, bench: Bench, run: Run) -> list[str]:
    _begin(lab, run)
    assert bench.run(run.goal) is None
    return _comparable(_calls(lab), run)


def _begin(lab: LabHandle, run: Run) -> None:
    if run.before is not None:
        run.before(lab)
    lab.management.delete("/journal").raise_for_status()


def _calls(lab: LabHandle) -> list[Call]:
    """Return the calls since the run began, each poll once."""
    heard = Calls()
    for call in lab.management.get("/journal").json():
        heard.take("", call)
    return heard.calls


def _comparable(calls: list[Call], run: Run) -> list[str]:
    if not run.side_by_side:
        return [call.api for call in calls]
    return [*sorted({call.api for call in calls}), *(call.api for call in calls if call.writes)]
