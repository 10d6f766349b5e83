"""A bound that is missed is said to be."""

import pytest

from tools.bench.table import wanted

BOUNDS = {"aim": 2.0, "limit": 2.5}


@pytest.mark.parametrize(
    ("figure", "bounds", "said"),
    [(2.0, BOUNDS, "aim 2: met, limit 2.5: met"), (2.2, BOUNDS, "aim 2: MISSED, limit 2.5: met"), (9.0, {}, "")],
)
def test_a_bound_is_met_up_to_its_value_and_missed_beyond_it(
    figure: float, bounds: dict[str, float], said: str
) -> None:
    assert wanted(figure, bounds) == said
