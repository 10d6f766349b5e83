"""The renewal window opens on the second; inside it each certificate has a time of its own that leaves room enough."""

from datetime import timedelta
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alb_mtls.pki.errors import PkiError
from alb_mtls.pki.renewal import KEPT, Renewal, RenewBefore, renewal_of
from tests.helpers.certificates import NOW

FIRST, LAST = "0" * 64, "f" * 64
BACKDATED = timedelta(minutes=5)
DAY = timedelta(days=1)

lives = st.timedeltas(min_value=timedelta(minutes=10), max_value=timedelta(days=36500))
windows = st.one_of(
    st.integers(min_value=1, max_value=99).map("{}%".format),
    st.integers(min_value=1, max_value=99999).map("{}d".format),
    st.integers(min_value=5, max_value=99999).map("{}m".format),
)
fingerprints = st.binary(min_size=32, max_size=32).map(bytes.hex)


def _renewal(life: timedelta, text: str, fingerprint: str = FIRST) -> Renewal:
    """Return when a certificate that is made at NOW is renewed."""
    before = RenewBefore.parse(text)
    return renewal_of(NOW - BACKDATED, NOW + life, validity=life, renew_before=before, fingerprint=fingerprint)


@pytest.mark.parametrize(
    ("text", "days_before_end"),
    [("33%", 33), ("1%", 1), ("99%", 99), ("30d", 30), ("48h", 2), (" 33 % ", 33), ("100d", 100 / 3), ("99d", 99)],
)
def test_the_window_opens_exactly_on_time(text: str, days_before_end: float) -> None:
    assert _renewal(100 * DAY, text).window_begin == NOW + (100 - days_before_end) * DAY


@pytest.mark.parametrize(
    ("window", "days_of_spread"),
    # The first half; but three days are kept always, and a window of three days is kept whole.
    [("40d", 20), ("6d", 3), ("5d", 2), ("4d", 1), ("3d", 0), ("1d", 0), ("5m", 0)],
)
def test_the_first_half_of_a_window_is_spread_over_but_never_its_last_three_days(
    window: str, days_of_spread: int
) -> None:
    first, last = _renewal(100 * DAY, window, FIRST), _renewal(100 * DAY, window, LAST)
    assert first.due == first.window_begin
    assert timedelta(0) <= last.window_begin + days_of_spread * DAY - last.due < timedelta(seconds=1)


@given(life=lives, text=windows, fingerprint=fingerprints)
def test_whatever_the_window_a_new_certificate_is_not_due_and_enough_of_it_is_left_when_it_is(
    life: timedelta, text: str, fingerprint: str
) -> None:
    end, renewal = NOW + life, _renewal(life, text, fingerprint)
    assert NOW < renewal.window_begin <= renewal.due < end
    left, window = end - renewal.due, end - renewal.window_begin
    assert left >= min(window, KEPT) - timedelta(microseconds=1)
    assert left >= window / 2 - timedelta(microseconds=1)
    assert left >= timedelta(minutes=2, seconds=30)


@given(life=lives, text=windows, fingerprint=fingerprints)
def test_the_time_of_a_certificate_is_always_the_same(life: timedelta, text: str, fingerprint: str) -> None:
    assert _renewal(life, text, fingerprint) == _renewal(life, text, fingerprint)


def test_a_fleet_of_a_thousand_is_renewed_on_many_days_and_no_day_has_a_crowd() -> None:
    dues = [_renewal(365 * DAY, "33%", sha256(b"%d" % number).hexdigest()).due for number in range(1000)]
    begin = _renewal(365 * DAY, "33%").window_begin
    days = [(due - begin) // DAY for due in dues]
    # Sixty days, some seventeen a day: 40 on one is six standard deviations away.
    assert set(days) == set(range(61)) or set(days) == set(range(60))
    assert max(map(days.count, set(days))) <= 40


def test_a_fleet_with_lives_of_a_day_is_renewed_in_one_run_for_there_a_night_is_the_whole_window() -> None:
    dues = {_renewal(DAY, "33%", sha256(b"%d" % number).hexdigest()).due for number in range(100)}
    assert dues == {_renewal(DAY, "33%").window_begin}


@pytest.mark.parametrize("text", ["33%", "5m", "1%", "10m"])
def test_of_a_life_of_ten_minutes_the_last_five_are_the_window(text: str) -> None:
    assert _renewal(timedelta(minutes=10), text).due == NOW + timedelta(minutes=5)


def test_a_life_that_its_issuers_end_cut_short_is_the_one_that_counts() -> None:
    before = RenewBefore.parse("50%")
    cut = renewal_of(NOW, NOW + 10 * DAY, validity=100 * DAY, renew_before=before, fingerprint=FIRST)
    whole = renewal_of(NOW, NOW + 100 * DAY, validity=100 * DAY, renew_before=before, fingerprint=FIRST)
    assert (cut.window_begin, whole.window_begin) == (NOW + 5 * DAY, NOW + 50 * DAY)


@pytest.mark.parametrize("text", ["", "0%", "100%", "soon", "-1d", "4m", "1.5d", "30", "0d"])
def test_what_is_no_window_is_refused(text: str) -> None:
    with pytest.raises(PkiError):
        RenewBefore.parse(text)


def test_the_smallest_window_is_five_minutes() -> None:
    assert RenewBefore.parse("5m").duration == timedelta(minutes=5)
    with pytest.raises(PkiError, match="shorter than 5m"):
        RenewBefore.parse("4m")
