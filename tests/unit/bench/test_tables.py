"""Figures in words: bounds, medians with their ranges, ratios of one round, and what one more client costs."""

import pytest

from tools.bench.sections.fleets import slopes
from tools.bench.sections.rsa_keys import busy
from tools.bench.sections.ups import Stage
from tools.bench.table import against, ratios, spread_text


def test_a_bound_is_met_up_to_its_value_and_missed_beyond_it() -> None:
    bounds = {"aim": 2.0, "limit": 2.5}
    assert [against(figure, bounds) for figure in (2.0, 2.2)] == [
        "aim 2: met, limit 2.5: met",
        "aim 2: MISSED, limit 2.5: met",
    ]


@pytest.mark.parametrize(
    ("figures", "text"),
    [([1.0, 3.0, 2.0], "2.00 s (1.00 to 3.00 s)"), ([1.5], "1.50 s (one round)")],
)
def test_a_median_has_its_range_beside_it_unless_there_was_one_round(figures: list[float], text: str) -> None:
    assert spread_text(figures) == text


def test_a_ratio_is_that_of_one_round_and_rounds_must_match() -> None:
    assert ratios([2.0, 9.0], [1.0, 3.0]) == [2.0, 3.0]
    with pytest.raises(ValueError, match="shorter"):
        ratios([2.0, 9.0], [1.0])


def test_beyond_the_controller_and_the_paced_connections_is_what_is_left_of_each_round() -> None:
    stage = Stage(seconds=[9.0, 8.0], controller=[1.0, 1.5], connections=[3.0, 3.0], proof=[4.0, 4.0])
    assert stage.rest() == [5.0, 3.5]
    assert stage.rest([1.0, 0.5]) == [4.0, 3.0]


@pytest.mark.parametrize(
    ("points", "costs"),
    [
        ([(100, 1.0), (200, 1.1), (400, 1.3)], [1.0, 1.0]),
        ([(100, 1.0), (200, 1.1), (400, 1.7)], [1.0, 3.0]),
    ],
)
def test_what_one_more_client_costs_is_the_same_everywhere_only_where_it_is_linear(
    points: list[tuple[int, float]], costs: list[float]
) -> None:
    assert [round(cost, 6) for _, cost in slopes(points)] == costs


def test_a_processor_that_idles_while_keys_are_made_is_found_beside_one_that_does_not() -> None:
    looks = [(0.0, [0.0, 0.0]), (1.0, [0.2, 0.2]), (2.0, [1.2, 0.7]), (3.0, [1.2, 0.7])]
    assert [round(share, 6) for share in busy(looks, 1.01, 1.98)] == [1.0, 0.5]
