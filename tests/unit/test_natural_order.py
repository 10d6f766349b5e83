"""Texts are sorted as people count, and what only looks like a number does no harm."""

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alb_mtls.natural_order import natural


@pytest.mark.parametrize(
    "in_order",
    [
        ["listener 80/HTTP of AlbConfig alb", "listener 443/HTTPS of AlbConfig alb"],
        ["gw-2", "gw-10", "gw-10a", "gw-b"],
        ["2", "10", "a"],
        ["a", "A2", "a10"],
        ["a1b2", "a1b10", "a2b1"],
    ],
)
def test_numbers_inside_texts_are_compared_as_numbers(in_order: list[str]) -> None:
    for order in permutations(in_order):
        assert sorted(order, key=natural) == in_order


@pytest.mark.parametrize("alike", [["a01", "a1"], ["A", "a"], ["0", "00"]])
def test_what_is_alike_has_an_order_all_the_same(alike: list[str]) -> None:
    for order in permutations(alike):
        assert sorted(order, key=natural) == sorted(alike)


def test_a_number_of_more_digits_than_python_reads_is_compared_too() -> None:
    long, longer = "x" + "9" * 5000, "x1" + "0" * 5000
    assert sorted([longer, long], key=natural) == [long, longer]


@given(st.lists(st.text(alphabet="a0129٣-B²", max_size=6)))
def test_any_texts_can_be_sorted(texts: list[str]) -> None:
    assert sorted(sorted(texts, key=natural)) == sorted(texts)
