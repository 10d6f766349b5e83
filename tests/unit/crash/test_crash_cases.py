"""Which kills follow from the calls of an operation, and which of them a commit chooses."""

import pytest

from tests.crash.calls import Call
from tests.crash.cases import Cell, Orphan, Recovery, Victim, cells
from tests.crash.operations import OPERATIONS, Operation
from tests.crash.sample import CELLS_IN_A_SAMPLE, OPERATIONS_IN_A_SAMPLE, operations_of, sample

BY_NAME = {operation.name: operation for operation in OPERATIONS}
CALLS = [
    Call(step="update switch", service="kubernetes", api="get albconfigs", number=1),
    Call(step="update switch", service="kubernetes", api="patch albconfigs", number=1),
]


def of(operation: Operation) -> list[Cell]:
    return list(cells(operation, CALLS))


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_every_moment_is_tried_with_both_victims_and_after_the_cli_with_both_recoveries(operation: Operation) -> None:
    for moment in {cell.moment for cell in of(operation)}:
        tried = {(cell.victim, cell.recovery) for cell in of(operation) if cell.moment == moment}
        assert tried >= {
            (Victim.PROVIDER, Recovery.UP),
            (Victim.CLI, Recovery.UP),
            (Victim.CLI, Recovery.DESTROY),
        }


def test_a_killed_destroy_is_repeated_or_given_up() -> None:
    tried = {cell.recovery for cell in of(BY_NAME["destroy"]) if cell.victim is Victim.PROVIDER}
    assert tried == {Recovery.UP, Recovery.DESTROY}


def test_at_a_write_the_orphan_goes_on_beside_each_recovery_and_after_it() -> None:
    writes = [c for c in of(BY_NAME["disable"]) if c.moment.call is not None and c.moment.call.writes]
    tried = {(cell.recovery, cell.orphan) for cell in writes if cell.victim is Victim.CLI}
    assert tried == {(recovery, orphan) for recovery in Recovery for orphan in Orphan}


def test_no_two_cells_have_one_name() -> None:
    names = [str(cell) for cell in of(BY_NAME["disable"])]
    assert len(names) == len(set(names))


def test_a_commit_always_chooses_the_same() -> None:
    many = [cell for operation in OPERATIONS for cell in of(operation)]
    assert sample(many, "abc") == sample(many, "abc")
    assert operations_of("abc") == operations_of("abc")
    assert len(sample(many, "abc")) == CELLS_IN_A_SAMPLE
    assert len(operations_of("abc")) == OPERATIONS_IN_A_SAMPLE


def test_another_commit_chooses_others() -> None:
    many = [cell for operation in OPERATIONS for cell in of(operation)]
    assert sample(many, "abc") != sample(many, "abd")
