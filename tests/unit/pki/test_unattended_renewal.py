"""`up`s by the clock: nobody's certificate ends while its root can sign, and no `up` renews for nothing."""

from datetime import datetime, timedelta

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from alb_mtls.pki.duration import format_duration, length_of
from alb_mtls.pki.inventory import (
    CertificateRequest,
    Inventory,
    IssuedCertificate,
    continued,
    due_certificates,
    shortest_life,
)
from alb_mtls.pki.renewal import RenewBefore, window_of
from alb_mtls.pki.subject import Subject
from tests.helpers.certificates import NOW
from tests.helpers.examples import examples

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
BACKDATED = 5 * MINUTE


def _request(validity: timedelta, renew_before: str) -> CertificateRequest:
    subject = Subject(common_name="alice")
    return CertificateRequest(
        name="alice", subject=subject, validity=format_duration(validity), renew_before=renew_before
    )


def _ups(
    request: CertificateRequest, *, root_end: datetime, period: timedelta, until: datetime, places: list[str]
) -> tuple[list[datetime], list[timedelta]]:
    """Run `up` by the clock; return when it issued, and what was left of the certificate before each run."""
    held, now = Inventory(), NOW
    issued_at, left = [], []
    while now < until:
        due = list(
            due_certificates([request], held, issuer="ca", now=now, issuer_life=lambda: (NOW - BACKDATED, root_end))
        )
        if held.certificates:
            left.append(datetime.fromisoformat(held.in_force()["alice"].not_after) - now)
        fresh = []
        if due:
            issued_at.append(now)
            end = min(now + length_of(request.validity), root_end)
            fresh = [_issued(end, now - BACKDATED, places[len(issued_at) % len(places)])]
        certificates = continued(held, [request], (), fresh, now)
        held = Inventory(requests=(request,), certificates=certificates, issuer="ca")
        now += period
    return issued_at, left


def _issued(end: datetime, begin: datetime, fingerprint: str) -> IssuedCertificate:
    return IssuedCertificate(
        client="alice",
        generation=1,
        status="issued",
        certificate_pem="",
        chain_pem="",
        fingerprint=fingerprint,
        serial_number="1",
        not_before=begin.isoformat(),
        not_after=end.isoformat(),
    )


lives = st.one_of(
    st.integers(10, 120).map(lambda minutes: minutes * MINUTE),
    st.integers(1, 400).map(lambda days: days * DAY),
)
windows = st.one_of(st.integers(1, 60).map("{}%".format), st.integers(1, 200).map("{}d".format), st.just("5m"))


@settings(max_examples=examples(500), deadline=None)
@given(
    validity=lives,
    renew_before=windows,
    places=st.lists(st.binary(min_size=32, max_size=32).map(bytes.hex), min_size=1, max_size=3),
    share=st.floats(0.1, 0.5),
    root_lives=st.floats(1.5, 6),
)
def test_with_two_ups_in_what_is_kept_of_a_window_no_certificate_ends_before_its_root(
    validity: timedelta, renew_before: str, places: list[str], share: float, root_lives: float
) -> None:
    request = _request(validity, renew_before)
    window = window_of(validity, RenewBefore.parse(renew_before))
    assume(validity < 50 * window)  # the rest takes thousands of runs
    period = window / 2 * share
    root_end = NOW + validity * root_lives
    last_signing = root_end - shortest_life(validity)
    issued_at, left = _ups(request, root_end=root_end, period=period, until=last_signing, places=places)
    assert all(one > timedelta(0) for one in left)
    # As many as it takes when each is renewed as soon as its window begins, and those that the root cuts short.
    assert len(issued_at) <= 2 + root_lives * validity / max(validity - window, period)


@pytest.mark.parametrize("renew_before", ["33%", "99%", "5m", "10m"])
def test_ups_every_two_minutes_keep_a_life_of_ten_minutes_from_ending(renew_before: str) -> None:
    request, until = _request(10 * MINUTE, renew_before), NOW + 30 * MINUTE
    issued_at, left = _ups(request, root_end=NOW + 3650 * DAY, period=2 * MINUTE, until=until, places=["0" * 64])
    assert min(left) > 2 * MINUTE
    assert len(issued_at) <= 16


def test_daily_ups_may_fail_three_times_in_a_row_and_not_five_times() -> None:
    request = _request(12 * DAY, "4d")
    root_end, until = NOW + 3650 * DAY, NOW + 60 * DAY
    last = ["f" * 64]
    _, daily = _ups(request, root_end=root_end, period=DAY, until=until, places=last)
    assert min(daily) >= 3 * DAY - MINUTE
    _, failing = _ups(request, root_end=root_end, period=5 * DAY, until=until, places=last)
    assert min(failing) <= 2 * DAY


def test_what_ends_with_its_root_is_not_renewed_again() -> None:
    request = _request(30 * DAY, "33%")
    root_end = NOW + 40 * DAY
    issued_at, _ = _ups(request, root_end=root_end, period=DAY, until=root_end + 5 * DAY, places=["0" * 64])
    assert len(issued_at) == 2


@pytest.mark.parametrize(
    ("ahead", "root_begins", "issues"),
    [(5 * MINUTE, -DAY, False), (6 * MINUTE, -DAY, True), (DAY, timedelta(0), True), (DAY, MINUTE, False)],
)
def test_what_was_issued_with_a_clock_that_was_ahead_is_issued_again_as_soon_as_that_can_help(
    ahead: timedelta, root_begins: timedelta, issues: bool
) -> None:
    request, begin = _request(30 * DAY, "33%"), NOW + ahead - BACKDATED
    held = Inventory(requests=(request,), certificates=(_issued(begin + 30 * DAY, begin, "0" * 64),), issuer="ca")
    life = (NOW + root_begins, NOW + 3650 * DAY)
    due = list(due_certificates([request], held, issuer="ca", now=NOW, issuer_life=lambda: life))
    assert [f"begins only on {begin:%Y-%m-%d %H:%M} UTC" in str(one.renewal) for one in due] == [True] * issues
