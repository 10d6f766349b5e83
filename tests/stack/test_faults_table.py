"""Every fault that the lab can inject, in every API that up, refresh and destroy call: healed, or reported.

Without the engine, since what differs is what cloud and cluster answer. `make test-faults` writes what came of each
cell to docs/evidence/faults.md.
"""

import logging
from collections.abc import Callable

import pytest

from tests.faults.cells import GENERATIONS, Call, Cell, calls_since, hurry, perform
from tests.faults.kinds import LASTING, PASSING, Kind
from tests.faults.outcomes import healed, reported
from tests.faults.patience import answer_soon, give_up_soon
from tests.faults.table import OPERATIONS, Tried
from tests.harness.program import WithoutEngine
from tests.helpers.lab import LabHandle
from tests.helpers.stack_config import stack_config
from tests.stack.conftest import MakeStack

pytestmark = [pytest.mark.faults, pytest.mark.timeout(1800)]

# Handshakes call no API: proving by them would only make each cell longer.
PROOF = {"mode": "api", "deadlineSeconds": 20}
Record = Callable[[str, object], None]


@pytest.fixture
def without_engine(lab: LabHandle, monkeypatch: pytest.MonkeyPatch) -> WithoutEngine:
    """The program without an engine, on a lab that answers at once, and with little patience for answers."""
    hurry(lab)
    answer_soon(monkeypatch)
    # The SDK leaves behind futures of what failed, and asyncio reports each at length: of every cell, on purpose.
    monkeypatch.setattr(logging.getLogger("asyncio"), "disabled", True)
    credentials = lab.status["credentials"]
    keys = {
        "alicloud:accessKey": credentials["accessKeyId"],
        "alicloud:secretKey": credentials["accessKeySecret"],
    }
    return WithoutEngine({**stack_config(lab, proof=PROOF), **keys})


@pytest.fixture
def called(lab: LabHandle, without_engine: WithoutEngine) -> dict[str, set[Call]]:
    """Return which APIs up, refresh and destroy call, from the lab's journal."""
    calls: dict[str, set[Call]] = {}
    _, place = calls_since(lab)
    for operation in OPERATIONS:
        perform(without_engine, operation)
        calls[operation], place = calls_since(lab, place)
    return calls


def all_right(outcomes: list[Tried]) -> None:
    wrong = [sentence for outcome in outcomes for sentence in outcome.wrong]
    assert not wrong, "\n".join(wrong)


def test_without_the_engine_the_same_apis_are_called_as_with_it(
    lab: LabHandle, make_stack: MakeStack, called: dict[str, set[Call]]
) -> None:
    stack = make_stack(proof=PROOF)
    _, place = calls_since(lab)
    with_engine: dict[str, set[Call]] = {}
    for operation in OPERATIONS:
        command = operation
        if operation in GENERATIONS:
            command, (generations, trusted) = "up", GENERATIONS[operation]
            root_ca = stack.config()["alb-mtls:rootCa"]
            stack.set("rootCa", {**root_ca, "generations": generations, "trusted": trusted})
        stack.succeeds(command, "--yes", "--skip-preview", "--stack", stack.name)
        with_engine[operation], place = calls_since(lab, place)
    assert with_engine == called


@pytest.mark.parametrize("kind", PASSING, ids=lambda kind: kind.name)
def test_a_fault_that_passes_is_healed_in_any_api_of_any_operation(
    lab: LabHandle,
    without_engine: WithoutEngine,
    called: dict[str, set[Call]],
    kind: Kind,
    record_property: Record,
) -> None:
    outcomes: list[Tried] = []
    for call in filter(kind.meets, sorted(set().union(*called.values()))):
        outcomes += healed(lab, without_engine, Cell(kind=kind, call=call), called)
    record_property("faults", [vars(outcome) for outcome in outcomes])
    all_right(outcomes)


@pytest.mark.parametrize("kind", LASTING, ids=lambda kind: kind.name)
def test_a_fault_that_lasts_in_any_api_is_reported_and_the_listener_left_as_it_was(
    lab: LabHandle,
    without_engine: WithoutEngine,
    called: dict[str, set[Call]],
    kind: Kind,
    record_property: Record,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    give_up_soon(monkeypatch)
    outcomes: list[Tried] = []
    for call in filter(kind.meets, sorted(set().union(*called.values()))):
        outcomes += reported(lab, without_engine, Cell(kind=kind, call=call), called)
    record_property("faults", [vars(outcome) for outcome in outcomes])
    all_right(outcomes)
