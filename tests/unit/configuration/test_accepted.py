"""What may stand in `accept`: an entry that is complete, within a year, and of a finding that can be accepted."""

from collections.abc import Callable
from datetime import date

import pytest

from alb_mtls.cluster.acceptance import AcceptedFinding
from alb_mtls.cluster.findings import FindingCode
from alb_mtls.configuration.accepted import PLACEHOLDER_REASON, acceptable_codes
from alb_mtls.configuration.model import Settings
from ops.findings import OpsFindingCode
from tests.helpers.stack_file import Change, put

Problems = Callable[..., tuple[str, ...]]
Read = Callable[..., Settings]

# The settings are read on 2026-11-23.
ENTRY = {
    "code": "HTTP_FORWARDS",
    "subject": "listener 80/HTTP of AlbConfig alb",
    "until": "2027-03-31",
    "reason": "until the old app is gone",
}


def accepting(*entries: dict[str, object]) -> Change:
    """Return a change that accepts ENTRY once for each of some changes of it."""
    return put("accept", [{key: value for key, value in {**ENTRY, **one}.items() if value} for one in entries])


def test_a_complete_entry_is_read(read: Read) -> None:
    assert read(accepting({})).accepted == (
        AcceptedFinding(
            code="HTTP_FORWARDS",
            subject="listener 80/HTTP of AlbConfig alb",
            until=date(2027, 3, 31),
            reason="until the old app is gone",
        ),
    )
    assert read().accepted == ()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"code": ""}, "accept[0].code: give the code of the finding, such as HTTP_FORWARDS"),
        ({"code": "HTTP_FORWARD"}, "accept[0].code: is 'HTTP_FORWARD', which no finding has; did you mean"),
        ({"code": "http_forwards"}, "did you mean HTTP_FORWARDS?"),
        ({"code": "XYZ"}, "accept[0].code: is 'XYZ', which no finding has; it must be one of HTTP_FORWARDS, "),
        ({"code": "NOT_ENFORCED"}, "accept[0].code: NOT_ENFORCED cannot be accepted"),
        ({"code": "DRIFT"}, "accept[0].code: DRIFT cannot be accepted"),
        ({"code": "UNEXPECTED_CA"}, "accept[0].code: UNEXPECTED_CA cannot be accepted"),
        ({"code": "UNEXPECTED_HOST"}, "as this stack has it; add the host to `hosts` of the listener"),
        ({"code": "SUPERSEDED_CLIENT"}, "accept[0].code: SUPERSEDED_CLIENT is a note"),
        ({"subject": ""}, "accept[0].subject: give the subject of the finding"),
        ({"until": ""}, "accept[0].until: give the last day"),
        ({"until": "31.3.2027"}, "accept[0].until: '31.3.2027' is no day; it looks like 2027-03-31, in UTC"),
        ({"until": "2027-02-29"}, "accept[0].until: '2027-02-29' is no day"),
        ({"until": "20270331"}, "accept[0].until: '20270331' is no day"),
        (
            {"until": "2027-11-25"},
            "accept[0].until: is 2027-11-25, but must be within a year, 2027-11-24 at the latest",
        ),
        ({"until": 2027}, "accept[0].until: must be a day such as 2027-03-31, not the number 2027"),
        ({"reason": ""}, "accept[0].reason: give the reason"),
        ({"reason": PLACEHOLDER_REASON}, "accept[0].reason: is still the text that init wrote"),
    ],
)
def test_a_mistake_in_an_entry_is_reported_by_its_key(problems: Problems, change: dict[str, object], said: str) -> None:
    [line] = problems(accepting(change))
    assert said in line


@pytest.mark.parametrize(
    "change", [{"until": "2027-11-24"}, {"until": "2027-03-31 00:00:00 +0000 UTC"}, {"code": "FORGOTTEN_CLIENT"}]
)
def test_a_year_a_day_without_quotes_and_every_other_code_are_taken(
    problems: Problems, change: dict[str, object]
) -> None:
    assert problems(accepting(change)) == ()


def test_a_day_in_the_past_is_no_mistake_since_every_entry_ends_one_day(read: Read) -> None:
    assert [one.until for one in read(accepting({"until": "2026-11-01"})).accepted] == [date(2026, 11, 1)]


def test_the_same_finding_accepted_twice_is_refused_and_two_findings_are_not(problems: Problems) -> None:
    assert problems(accepting({}, {"reason": "another"})) == (
        "accept[1].subject: is accepted by accept[0] already; keep one of the two",
    )
    assert problems(accepting({}, {"subject": "listener 80/HTTP of AlbConfig two"})) == ()


def test_every_code_is_acceptable_or_known_to_be_not() -> None:
    never = {"NOT_ENFORCED", "DRIFT", "UNEXPECTED_CA", "UNEXPECTED_HOST", "SUPERSEDED_CLIENT"}
    assert {*acceptable_codes()} == {*FindingCode, *OpsFindingCode} - never
