"""The table says what went wrong."""

from tests.crash.calls import Call
from tests.crash.cases import Cell, cells
from tests.crash.operations import OPERATIONS
from tests.crash.running import Recorded
from tests.crash.table import Table
from tests.crash.trying import Outcome

OPERATION = OPERATIONS[1]
READ = Call(step="update switch", service="kubernetes", api="get albconfigs", number=1)
WRITE = Call(step="update switch", service="kubernetes", api="patch albconfigs", number=1)
TRIED = tuple(cells(OPERATION, [READ, WRITE]))
RECORDED = Recorded(operation=OPERATION, calls=(READ, WRITE), cells=TRIED)


def table(wrong: Cell | None = None) -> Table:
    outcomes = [Outcome(cell=c, broken=("a sentence",) if c is wrong else (), seconds=1) for c in TRIED]
    return Table(recorded=[RECORDED], outcomes=outcomes)


def test_all_is_right() -> None:
    assert table().broken == []
    assert "wrong" not in "\n".join(table().details(RECORDED))


def test_what_is_wrong_is_counted_where_it_was_tried() -> None:
    [summary] = [row for row in table(wrong=TRIED[0]).summary() if row.startswith(f"| {OPERATION.name}")]
    assert summary.endswith("| 1 |")
    [read] = [row for row in table(wrong=TRIED[0]).details(RECORDED) if "get albconfigs 1 |" in row]
    assert "1 of 1 wrong" in read
