"""The renewal window opens on the second, and never later than the certificate's end."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alb_mtls.pki.errors import PkiError
from alb_mtls.pki.renewal import RenewBefore, renewal_due, renewal_time
from tests.helpers.certificates import NOW


@pytest.mark.parametrize(
    ("text", "days_before_end"),
    [("33%", 33), ("1%", 1), ("99%", 99), ("30d", 30), ("48h", 2), (" 33 % ", 33), ("100d", 100 / 3), ("99d", 99)],
)
def test_the_window_opens_exactly_on_time(text: str, days_before_end: float) -> None:
    end = NOW + timedelta(days=100)
    begin = end - timedelta(days=days_before_end)
    window = RenewBefore.parse(text)
    assert renewal_time(NOW, end, window) == begin
    assert renewal_due(NOW, end, window, begin)
    assert not renewal_due(NOW, end, window, begin - timedelta(seconds=1))


@given(
    life=st.timedeltas(min_value=timedelta(hours=1), max_value=timedelta(days=36500)),
    text=st.one_of(
        st.integers(min_value=1, max_value=99).map("{}%".format),
        st.integers(min_value=1, max_value=99999).map("{}d".format),
        st.integers(min_value=5, max_value=99999).map("{}m".format),
    ),
)
def test_whatever_the_window_a_new_certificate_is_not_due_and_an_ended_one_is(life: timedelta, text: str) -> None:
    end: datetime = NOW + life
    window = RenewBefore.parse(text)
    assert not renewal_due(NOW, end, window, NOW)
    assert renewal_due(NOW, end, window, end)


@pytest.mark.parametrize("text", ["", "0%", "100%", "soon", "-1d", "4m", "1.5d", "30", "0d"])
def test_what_is_no_window_is_refused(text: str) -> None:
    with pytest.raises(PkiError):
        RenewBefore.parse(text)


def test_the_smallest_window_is_five_minutes() -> None:
    assert RenewBefore.parse("5m").duration == timedelta(minutes=5)
    with pytest.raises(PkiError, match="smallest window, 5m"):
        RenewBefore.parse("4m")
