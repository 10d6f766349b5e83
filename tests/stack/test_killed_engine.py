"""The engine of tests/crash makes the providers do what Pulumi's makes them do: the same calls in the same order.

So what its kills show holds for Pulumi's too, as far as the order of steps goes; that Pulumi saves after each step, and
what a killed CLI leaves behind, is tested with the real one (test_killed_cli.py). A roll-back is missing: it is all one
step, and nothing that the program accepts makes a proof of a generated root CA fail.
"""

from dataclasses import replace
from itertools import dropwhile
from pathlib import Path
from typing import Any

import pytest

from tests.crash.bench import Bench
from tests.crash.calls import Call, Calls, is_read
from tests.crash.operations import OPERATIONS, Operation
from tests.crash.program import LISTENERS
from tests.crash.recording import record, stack_on
from tests.crash.running import bench_on
from tests.crash.settings import Settings
from tests.helpers.lab import LabHandle
from tests.helpers.stack import Stack
from tests.helpers.stack_config import P256, WITHOUT_HANDSHAKES, listener, stack_config

# What the program itself reads before it registers anything: of each listener, and once.
OF_A_LISTENER = ["get albconfigs", "GetLoadBalancerAttribute", "ListListeners"]
ONCE = [
    "list ingresses",
    "list ingressclasses",
    "list albconfigs",
    "list services",
    "list deployments",
    "get /apis/gateway.networking.k8s.io/v1",
]
FOR_DIFFS = ("get namespaces", "GetListenerAttribute", "ListCertWarehouse", "ListCert", "DescribeWarehouseCert")
"""Read once more by the program, for the diffs of all resources; our engine runs no program, so each diff reads."""
MORE = {"claim pruned": ["ListCertWarehouse", "ListCert"]}
"""Whose CA stands on a listener that no claim is on, CAS knows."""

PLAIN = "on an open listener"
"""The chain that every `make test` compares; the others take two minutes: `make test-engines`."""

CHAINS = {
    PLAIN: ("first up", "nothing to do", "disable", "enable", "destroy"),
    "of an allow-list of hosts": ("first up", "disable", "enable with its hosts listed", "destroy"),
    "when something changes": (
        *("first up", "drift repair", "CA gone from CAS", "listener added", "listener removed", "another CA"),
        "destroy",
    ),
    "claim pruned": ("first up", "claim pruned", "destroy after the claim was pruned"),
    "through a rollover": (
        *("first up", "second generation", "swap", "swap of two listeners", "older generation dropped"),
        "destroy",
    ),
    # Of two CAs, Pulumi deletes either first.
    "through a hard swap": ("first up", "hard swap"),
    "of an AlbConfig that Git owns": ("first up", "handed over to Git", "destroy of a listener of Git's"),
    "of clients": ("first up", "renewal", "fleet", "destroy"),
    "over another CA": ("first up over another CA", "destroy over another CA"),
}
SIDE_BY_SIDE = {"listener added", "second generation", "swap", "swap of two listeners", "hard swap"}
"""Pulumi does some of it at once: the order of reads differs from run to run, and whether one serves both."""

_BY_NAME = {operation.name: operation for operation in OPERATIONS}
_BY_NAME["nothing to do"] = replace(_BY_NAME["first up"], name="nothing to do")


@pytest.mark.long
@pytest.mark.parametrize(
    "chain", [pytest.param(name, marks=[] if name == PLAIN else pytest.mark.engines) for name in CHAINS]
)
def test_both_engines_make_the_same_calls(lab: LabHandle, tmp_path: Path, chain: str) -> None:
    # Handshakes are no calls.
    stack = stack_on(lab, tmp_path / "stack", mode="api")
    bench = bench_on(lab, record(lab, stack), tmp_path / "bench")
    operations = [_BY_NAME[name] for name in CHAINS[chain]]
    bench.lay_ground(operations[0].ground)
    real = {each.name: _real(lab, stack, bench, each) for each in operations}
    bench.start_again()
    ours = {each.name: _ours(lab, bench, each) for each in operations}
    assert {name: _without_looks(name, calls, real[name]) for name, calls in ours.items()} == real


def test_the_chains_are_all_operations_but_those_that_fail() -> None:
    compared = {name for chain in CHAINS.values() for name in chain} - {"nothing to do"}
    assert compared == {operation.name for operation in OPERATIONS if not operation.fails}


def _real(lab: LabHandle, stack: Stack, bench: Bench, operation: Operation) -> list[str]:
    _begin(lab, operation)
    settings = operation.goal
    if settings is None:
        stack.destroy()
        return _comparable(_calls(lab), operation)
    take_over = {"takeOver": bench.taken} if settings.take_over else {}
    hosts = {} if settings.hosts is None else {"hosts": list(settings.hosts)}
    write = {"write": "none"} if settings.of_git else {}
    root = {
        **stack_config(lab)["alb-mtls:rootCa"],
        "generations": list(settings.generations),
        "trusted": settings.trusted,
        "abandoned": list(settings.abandoned),
    }
    names = LISTENERS[: settings.listeners]
    stack.configure(
        stack_config(
            lab,
            enabled=settings.enabled,
            rootCa=root,
            **_clients(settings, stack),
            listeners=[listener(lab, name, 443, **take_over, **hosts, **write) for name in names],
            proof=WITHOUT_HANDSHAKES,
        )
    )
    stack.up()
    calls = _calls(lab)
    read = sorted(ONCE + OF_A_LISTENER * len(names) + MORE.get(operation.name, []))
    assert sorted(call.api for call in calls[: len(read)]) == read
    # What comes next belongs to the program too: it tries the patch of each listener that it will change.
    of_program = {"dry-run patch albconfigs", *FOR_DIFFS}
    of_providers = dropwhile(lambda call: call.api in of_program, calls[len(read) :])
    return _comparable(list(of_providers), operation)


def _clients(settings: Settings, stack: Stack) -> dict[str, Any]:
    validity, renew_before = settings.validity
    common = {"key": P256, "validity": validity, "renewBefore": renew_before}
    names = [one.partition("/")[2] for one in settings.clients if "/" in one]
    clients = [{"name": one, **common} for one in settings.clients if "/" not in one]
    if not names:
        return {"clients": clients}
    file = stack.folder / "devices.txt"
    file.write_text("\n".join(names), "utf-8")
    return {"clients": clients, "fleets": [{"name": "devices", "namesFile": str(file), **common}]}


def _ours(lab: LabHandle, bench: Bench, operation: Operation) -> list[str]:
    _begin(lab, operation)
    assert bench.run(operation.goal) is None
    return _comparable(_calls(lab), operation)


def _begin(lab: LabHandle, operation: Operation) -> None:
    if operation.before is not None:
        operation.before(lab)
    lab.management.delete("/journal").raise_for_status()


def _calls(lab: LabHandle) -> list[Call]:
    """Return the calls since the operation began, each poll once."""
    heard = Calls()
    for call in lab.management.get("/journal").json():
        heard.take("", call)
    return heard.calls


def _without_looks(name: str, calls: list[str], real: list[str]) -> list[str]:
    """Return calls of our engine without the reads of its diffs: those that come before all of Pulumi's."""
    if name in SIDE_BY_SIDE:
        return [one for one in calls if one in real or not is_read(one)]
    beyond = max(len(calls) - len(real), 0)
    return calls[beyond:] if all(map(is_read, calls[:beyond])) else calls


def _comparable(calls: list[Call], operation: Operation) -> list[str]:
    # The uid of the cluster is read once by each process, by whatever needs it first.
    calls = [call for call in calls if call.api != "get namespaces"]
    if operation.name not in SIDE_BY_SIDE:
        return [call.api for call in calls]
    return [*sorted({call.api for call in calls}), *(call.api for call in calls if call.writes)]
