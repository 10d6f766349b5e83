"""A bound that is missed is said to be."""

from tools.bench.table import wanted


def test_a_bound_is_met_up_to_its_value() -> None:
    assert wanted(2.0, {"aim": 2.0, "limit": 2.5}) == "aim 2: met, limit 2.5: met"


def test_a_bound_is_missed_beyond_it() -> None:
    assert wanted(2.2, {"aim": 2.0, "limit": 2.5}) == "aim 2: MISSED, limit 2.5: met"


def test_without_a_bound_nothing_is_said() -> None:
    assert wanted(9.0, {}) == ""
