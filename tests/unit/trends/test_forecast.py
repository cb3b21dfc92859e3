"""Test forecasts of weekly counts and their intervals."""

import random
from math import pi, sin

import pytest
from hypothesis import given, settings, strategies as st

from trends.forecast import LEAST_WEEKS, MODELS, forecast, seasonal_naive


def test_an_even_series_goes_on_evenly() -> None:
    found = forecast([7] * 30, 4)
    assert found is not None
    assert [(round(one.median, 6), round(one.low, 6), round(one.high, 6)) for one in found.points] == [(7, 7, 7)] * 4
    assert found.error == pytest.approx(0)


@pytest.mark.parametrize("counts", [[], [5] * (LEAST_WEEKS - 1), [0] * 60, [9] * 40 + [0] * LEAST_WEEKS, [0, 1, 0, 0] * 10])
def test_too_few_weeks_or_posts_are_not_forecast(counts: list[int]) -> None:
    assert forecast(counts, 2) is None


def test_a_yearly_season_is_seen() -> None:
    counts = [round(30 + 25 * sin(2 * pi * week / 52)) for week in range(117)]  # it rises from week 104 on
    known, short = forecast(counts[:113], 4), forecast(counts[73:113], 4)
    assert known is not None
    assert short is not None
    assert known.models[0] == "level and season"
    assert [round(one.median) for one in known.points] == pytest.approx(counts[113:], abs=2)
    assert counts[116] - short.points[3].median > 4  # a level alone knows only the past


def test_a_single_week_of_an_event_does_not_move_the_forecast_far() -> None:
    found = forecast([10] * 40 + [400] + [10] * 3, 1)
    assert found is not None
    assert found.points[0].median < 30


def test_four_in_five_weeks_of_a_drawn_series_lie_in_the_interval() -> None:
    chance = random.Random(5)  # noqa: S311
    counts = [sum(chance.random() < 0.3 for _ in range(100)) for _ in range(220)]
    hits = []
    for origin in range(60, 220, 2):
        found = forecast(counts[:origin], 1)
        assert found is not None
        hits.append(round(found.points[0].low) <= counts[origin] <= round(found.points[0].high))
    assert 0.7 <= sum(hits) / len(hits) <= 0.92


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 60), min_size=0, max_size=70))
def test_an_interval_holds_its_forecast_and_is_never_negative(counts: list[int]) -> None:
    found = forecast(counts, 3)
    if found is not None:
        assert all(0 <= one.low <= one.median <= one.high for one in found.points)
        assert set(found.models) <= set(MODELS)


def test_a_first_week_of_an_event_waits_for_a_second_before_the_level_follows() -> None:
    once, twice = forecast([10] * 40 + [400], 1), forecast([10] * 40 + [400, 400], 1)
    assert once is not None
    assert twice is not None
    assert once.points[0].median < 15
    assert twice.points[0].median > 50


def test_the_naive_forecast_is_last_year_or_the_last_week() -> None:
    year = list(range(52))
    assert [seasonal_naive(year, ahead) for ahead in (1, 2)] == [0, 1]
    assert seasonal_naive([3, 5], 2) == 5
