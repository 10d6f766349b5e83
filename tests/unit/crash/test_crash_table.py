"""The table says what went wrong, and where a cell was tried together with another."""

from datetime import date

from tests.crash.calls import Call
from tests.crash.cases import Cell, cells
from tests.crash.operations import OPERATIONS
from tests.crash.running import Recorded
from tests.crash.table import Table, Took, document, document_of_cells
from tests.crash.trying import Outcome

OPERATION = OPERATIONS[1]
READ = Call(step="update switch", service="kubernetes", api="get albconfigs", number=1)
WRITE = Call(step="update switch", service="kubernetes", api="patch albconfigs", number=1)
TRIED = tuple(cells(OPERATION, [READ, WRITE]))
RECORDED = Recorded(operation=OPERATION, calls=(READ, WRITE), cells=TRIED)
TOOK = Took(day=date(2026, 11, 23), commit="c" * 12, labs=2, seconds=600)


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


def test_cells_that_are_one_moment_name_the_one_that_was_tried() -> None:
    [read] = [row for row in table().details(RECORDED) if row.startswith("| update switch | get albconfigs 1 |")]
    assert "right 1 (as before)" in read
    assert "right 1 (as patch albconfigs 1)" in read


def test_every_row_has_as_many_columns_as_the_head() -> None:
    rows = list(table().details(RECORDED))
    assert {row.count("|") for row in rows} == {9}


def test_the_page_says_when_where_and_how_it_was_made() -> None:
    page = document(table(), TOOK)
    assert "Made on 2026-11-23 from commit `cccccccccccc` by `make test-killed`, in 10 minutes with 2 labs" in page


def test_cells_stand_on_a_page_of_their_own() -> None:
    rows = list(table().details(RECORDED))
    assert set(rows) <= set(document_of_cells(table(), TOOK).splitlines())
    assert not set(rows[2:]) & set(document(table(), TOOK).splitlines())
