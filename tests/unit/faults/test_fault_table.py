"""The table counts what went wrong, and says the same of two runs that came to the same."""

from datetime import date

from tests.faults.document import Took, document
from tests.faults.table import Tables, Tried, first_words


def tried(operation: str, wrong: tuple[str, ...] = ()) -> Tried:
    return Tried(
        kind="close-after",
        lasting=False,
        service="cas",
        api="ListCert",
        operation=operation,
        verdict="healed after 1 retry",
        left="",
        wrong=wrong,
    )


def test_what_is_wrong_is_marked_and_counted() -> None:
    tables = Tables(tried=[tried("up", ("a sentence",)), tried("destroy")])
    assert "up: **wrong**: healed after 1 retry; destroy: healed after 1 retry" in "\n".join(tables.passing())
    assert tables.wrong == ["a sentence"]
    took = Took(day=date(2026, 11, 24), commit="c" * 12, labs=3, seconds=600)
    assert "1 of them went wrong" in document(tables, took)


def test_two_runs_that_end_in_the_same_sentence_show_the_same() -> None:
    one = "CAS ListCert on repository alb-mtls-1a2b3c4d still fails after 4 attempts in 2 s: throttled"
    two = "CAS ListCert on repository alb-mtls-99887766 still fails after 5 attempts in 3 s: throttled"
    assert first_words(one) == first_words(two)
    assert first_words(one).endswith("still fails after N attempts in N s: throttled")
