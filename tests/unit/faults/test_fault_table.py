"""The table says what came of each fault, and the same of two runs that came to the same."""

from datetime import date

import pytest

from tests.faults.document import Took, document, document_of_cells
from tests.faults.table import Operation, Tables, Throttled, Tried, first_words

TOOK = Took(day=date(2026, 11, 24), commit="c" * 12, labs=3, seconds=600)
THROTTLED = Throttled(
    listeners=40,
    rate=10,
    up=Operation(seconds=38, calls=263, throttled=9),
    destroy=Operation(seconds=39, calls=424, throttled=21),
)


def tried(
    operation: str = "up", verdict: str = "healed after 1 retry", *, lasting: bool = False, wrong: bool = False
) -> Tried:
    return Tried(
        kind="close-after",
        lasting=lasting,
        service="cas",
        api="ListCert",
        operation=operation,
        verdict=verdict,
        left="as it was" if lasting else "",
        wrong=("a sentence",) if wrong else (),
    )


def test_operations_that_heal_alike_share_one_cell() -> None:
    *_, row = Tables(tried=[tried("up"), tried("destroy")]).passing()
    assert row == "| cas ListCert | up, destroy | healed after 1 retry |"


def test_operations_that_heal_otherwise_are_told_apart() -> None:
    *_, row = Tables(tried=[tried("destroy", "healed, later"), tried("up")]).passing()
    assert row.endswith("| up: healed after 1 retry; destroy: healed, later |")


def test_what_is_wrong_is_marked_and_counted() -> None:
    tables = Tables(tried=[tried(wrong=True), tried("destroy")])
    assert "up: **wrong**: healed after 1 retry; destroy: healed after 1 retry" in "\n".join(tables.passing())
    assert tables.wrong == ["a sentence"]
    assert "1 of them went wrong" in document(tables, TOOK)


def test_a_fault_that_lasts_shows_the_sentence_and_how_the_listener_was_left() -> None:
    *_, row = Tables(tried=[tried(verdict="CAS ListCert on x\nstill fails", lasting=True)]).lasting()
    assert row == "| cas ListCert | up | CAS ListCert on x still fails | as it was |"


def test_two_runs_that_end_in_the_same_sentence_show_the_same() -> None:
    one = "CAS ListCert on repository alb-mtls-1a2b3c4d still fails after 4 attempts in 2 s: throttled"
    two = "CAS ListCert on repository alb-mtls-99887766 still fails after 5 attempts in 3 s: throttled"
    assert first_words(one) == first_words(two)
    assert first_words(one).endswith("still fails after N attempts in N s: throttled")


@pytest.mark.parametrize(
    "name", ["cas-wh-377dbf", "LTAI5tD4NfLDJQ9subzNwPaY", "alb-pdy7xdz1urx97a4xxl", "f4470516e5a3eb5c39ec52aa1b30d315"]
)
def test_a_name_that_the_lab_draws_is_not_shown(name: str) -> None:
    assert first_words(f"CAS DeleteWarehouse on {name} still fails") == "CAS DeleteWarehouse on ID still fails"


def test_a_long_sentence_ends_at_a_word_and_cannot_break_the_table() -> None:
    shown = first_words("a | b " * 60)
    assert shown.endswith(" ...")
    assert "|" not in shown.replace("\\|", "")


def test_every_row_has_as_many_columns_as_the_head() -> None:
    tables = Tables(tried=[tried(), tried(lasting=True)], throttled=[THROTTLED])
    for rows, columns in ((tables.passing(), 3), (tables.lasting(), 4), (tables.figures(), 6)):
        assert {row.count("|") for row in rows if row.startswith("|")} == {columns + 1}


def test_the_page_says_when_where_and_how_it_was_made_and_how_long_forty_listeners_took() -> None:
    page = document(Tables(tried=[tried()], throttled=[THROTTLED]), TOOK)
    assert "Made on 2026-11-24 from commit `cccccccccccc` by `make test-faults`, in 10 minutes with 3 labs" in page
    assert "| 40 | 10 | up | 38 s | 263 | 9 |" in page


def test_cells_stand_on_a_page_of_their_own() -> None:
    tables = Tables(tried=[tried()])
    *_, row = tables.passing()
    assert row in document_of_cells(tables, TOOK).splitlines()
    assert row not in document(tables, TOOK).splitlines()
