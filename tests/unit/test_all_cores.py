"""The same work on many things: in order, side by side, and stopped by what cannot be done."""

import threading

import pytest

from alb_mtls.all_cores import AT_ONCE, on_all_cores

MANY = range(3 * AT_ONCE + 1)


def _half(number: int) -> int:
    if number % 2:
        message = f"{number} is odd"
        raise ValueError(message)
    return number // 2


def test_what_comes_of_each_stands_in_the_order_of_the_things() -> None:
    assert on_all_cores(_half, [2 * number for number in MANY]) == list(MANY)
    assert on_all_cores(_half, []) == []


def test_the_first_that_fails_is_the_one_that_is_named() -> None:
    with pytest.raises(ValueError, match=r"^65 is odd"):
        on_all_cores(_half, [number if number in (65, 67) else 2 * number for number in MANY])


def test_work_that_takes_long_is_done_side_by_side_and_a_few_short_ones_without_a_thread(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    both = threading.Barrier(2)
    # Each waits for the other: one after the other this would not end.
    assert len(on_all_cores(lambda _: both.wait(10), range(2), at_once=1)) == 2
    here = {threading.current_thread()}
    assert {*on_all_cores(lambda _: threading.current_thread(), range(AT_ONCE))} == here
    assert not here & {*on_all_cores(lambda _: threading.current_thread(), MANY)}
