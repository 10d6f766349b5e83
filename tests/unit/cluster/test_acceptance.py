"""Accepted findings: which count no more, until when, and which entries can go."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from alb_mtls.cluster.acceptance import AcceptedFinding, accepted_lines, sort_out, superfluous
from alb_mtls.cluster.findings import Finding

FOUND = Finding(code="HTTP_FORWARDS", subject="listener 80/HTTP", evidence="it forwards", remedy="redirect it")
OTHER = replace(FOUND, subject="listener 81/HTTP")
ENTRY = AcceptedFinding(code="HTTP_FORWARDS", subject="listener 80/HTTP", until=date(2027, 3, 31), reason="old app")
LAST = datetime(2027, 3, 31, 23, 59, tzinfo=UTC)
AFTER = datetime(2027, 4, 1, tzinfo=UTC)


def test_a_finding_counts_no_more_until_and_including_the_day_and_again_after_it() -> None:
    counting, accepted = sort_out([FOUND, OTHER], [ENTRY], LAST)
    assert counting == (OTHER,)
    assert [one.text for one in accepted] == [
        "listener 80/HTTP: it forwards; accepted until 2027-03-31: old app (HTTP_FORWARDS)"
    ]
    assert accepted[0].to_json() == {**FOUND.to_json(), "until": "2027-03-31", "reason": "old app"}
    assert sort_out([FOUND, OTHER], [ENTRY], AFTER) == ((FOUND, OTHER), ())


@pytest.mark.parametrize("entry", [replace(ENTRY, code="QUIC_LISTENER"), replace(ENTRY, subject="listener 80")])
def test_another_code_or_subject_accepts_nothing(entry: AcceptedFinding) -> None:
    assert sort_out([FOUND], [entry], LAST) == ((FOUND,), ())


def test_an_entry_is_compared_with_the_subject_as_json_shows_it() -> None:
    odd = replace(FOUND, subject="listener\u202e 80")
    shown = replace(ENTRY, subject=odd.to_json()["subject"])
    assert sort_out([odd], [shown], LAST)[0] == ()


@pytest.mark.parametrize(
    ("findings", "now", "codes", "said"),
    [
        ([FOUND], LAST, ["HTTP_FORWARDS"], []),
        ([OTHER], LAST, ["HTTP_FORWARDS"], ["matches nothing; remove it"]),
        ([OTHER], LAST, ["QUIC_LISTENER"], []),
        ([], AFTER, [], ["has ended on 2027-03-31; remove it"]),
        ([FOUND], AFTER, [], ["has ended on 2027-03-31, and what it accepted counts again; remove it"]),
    ],
)
def test_an_entry_that_matches_nothing_or_has_ended_can_go_and_one_that_may_be_needed_cannot(
    findings: list[Finding], now: datetime, codes: list[str], said: list[str]
) -> None:
    lines = superfluous(findings, [ENTRY], now, codes=codes)
    assert list(lines) == [f"accept[0] (HTTP_FORWARDS, listener 80/HTTP) {one}" for one in said]


def test_what_is_found_of_an_accepted_subject_stands_below_also_what_came_later() -> None:
    head = "listener 80/HTTP: accepted until 2027-03-31: old app (HTTP_FORWARDS)"
    _, accepted = sort_out([FOUND], [ENTRY], LAST)
    assert accepted_lines(accepted) == [head, "  it forwards"]
    later = [replace(FOUND, evidence=f"way {number}") for number in range(12, 0, -1)]
    _, accepted = sort_out(later, [ENTRY], LAST)
    assert accepted_lines(accepted) == [head, *(f"  way {number}" for number in range(1, 6)), "  and 7 more"]
    _, accepted = sort_out(
        [FOUND, replace(OTHER, evidence="so\ndoes it")], [ENTRY, replace(ENTRY, subject=OTHER.subject)], LAST
    )
    assert accepted_lines(accepted) == [
        "listener 80/HTTP, listener 81/HTTP: accepted until 2027-03-31: old app (HTTP_FORWARDS)",
        "  listener 80/HTTP: it forwards",
        "  listener 81/HTTP: so does it",
    ]
