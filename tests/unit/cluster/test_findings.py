"""Findings about the CA itself: there when it ends soon or is another one, and not otherwise."""

from datetime import UTC, datetime, timedelta

import pytest

from alb_mtls.cluster.findings import ca_expiring

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
LABEL = "listener 443/HTTPS of AlbConfig alb"


@pytest.mark.parametrize(
    ("left", "said"),
    [
        (timedelta(days=1), "ends on 2026-11-24 12:00 UTC, in 24 hours"),
        (timedelta(minutes=2), "ends on 2026-11-23 12:02 UTC, in 2 minutes"),
        (timedelta(seconds=60), "ends on 2026-11-23 12:01 UTC, in 1 minute"),
        (timedelta(seconds=59), "ends on 2026-11-23 12:00 UTC, in less than a minute"),
        (timedelta(days=30), "ends on 2026-12-23 12:00 UTC, in 30 days"),
        (timedelta(0), "ended on 2026-11-23 12:00 UTC"),
        (timedelta(days=-3), "ended on 2026-11-20 12:00 UTC"),
    ],
)
def test_a_ca_that_has_ended_or_ends_within_30_days_is_found(left: timedelta, said: str) -> None:
    finding = ca_expiring("generation 1", NOW + left, now=NOW)

    assert finding is not None
    assert (finding.code, finding.subject, finding.evidence) == ("CA_EXPIRING", "root CA generation 1", said)


def test_of_a_purchased_ca_no_new_generation_that_the_old_one_signs_is_advised() -> None:
    bought, made = (ca_expiring("generation 1", NOW, now=NOW, purchased=purchased) for purchased in (True, False))
    assert bought is not None
    assert made is not None
    assert "docs/how-to/purchased-ca.md" in bought.remedy
    assert "while the old one still signs" not in bought.remedy
    assert "while the old one still signs" in made.remedy


def test_a_ca_that_lasts_longer_is_not() -> None:
    assert ca_expiring("generation 1", NOW + timedelta(days=30, seconds=1), now=NOW) is None
    assert ca_expiring("generation 1", NOW + timedelta(days=2), now=NOW, within=timedelta(days=1)) is None
