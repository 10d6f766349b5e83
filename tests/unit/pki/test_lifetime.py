"""When a certificate is valid, and how a message says by how much it is not."""

from datetime import timedelta

import pytest

from alb_mtls.pki.lifetime import date_problem
from tests.helpers.authorities import issued
from tests.helpers.certificates import NOW

SECOND, MINUTE, HOUR, DAY = (timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1))
CERTIFICATE = issued(None, "alice", begin=NOW, end=NOW + DAY).certificate


def test_a_certificate_is_valid_from_its_first_second_to_its_last_one() -> None:
    assert date_problem(CERTIFICATE, NOW) is None
    assert date_problem(CERTIFICATE, NOW + DAY - SECOND) is None
    assert str(date_problem(CERTIFICATE, NOW - SECOND)).startswith("it begins on 2026-11-23 12:00:00 UTC, in 1 seconds")
    assert str(date_problem(CERTIFICATE, NOW + DAY)).startswith("it ended on 2026-11-24 12:00:00 UTC, 0 seconds ago")


@pytest.mark.parametrize(
    ("away", "said"),
    [
        (HOUR - SECOND, "in 59 minutes; here it is 11:00:01 UTC: compare the clocks, or wait until then"),
        (HOUR, "in 60 minutes; wait until then"),
        (2 * MINUTE - SECOND, "in 119 seconds; here it is 11:58:01 UTC: compare the clocks, or wait until then"),
        (2 * DAY - SECOND, "in 47 hours; wait until then"),
        (2 * DAY, "in 2 days; wait until then"),
    ],
)
def test_who_is_early_by_minutes_compares_clocks_and_who_is_early_by_hours_waits(away: timedelta, said: str) -> None:
    assert date_problem(CERTIFICATE, NOW - away) == f"it begins on 2026-11-23 12:00:00 UTC, {said}"


@pytest.mark.parametrize(
    ("away", "said"),
    [
        (5 * MINUTE, "5 minutes ago; here it is 12:05:00 UTC: compare the clocks, or bring a current one"),
        (3 * HOUR, "3 hours ago; bring a current one"),
        (400 * DAY, "400 days ago; bring a current one"),
    ],
)
def test_who_is_late_by_minutes_compares_clocks_and_who_is_late_by_hours_brings_another(
    away: timedelta, said: str
) -> None:
    assert date_problem(CERTIFICATE, NOW + DAY + away) == f"it ended on 2026-11-24 12:00:00 UTC, {said}"
