"""Test forecasts of weekly counts and their intervals."""

import random

import pytest
from hypothesis import given, settings, strategies as st

from trends.forecast import LEAST_WEEKS, MODELS, forecast, interval, seasonal_naive


def test_an_even_series_goes_on_evenly() -> None:
    found = forecast([7] * 30, 4)
    assert found is not None
    assert [(round(one.mean, 6), round(one.low, 6), round(one.high, 6)) for one in found.points] == [(7, 7, 7)] * 4
    assert found.error == pytest.approx(0)


@pytest.mark.parametrize("counts", [[], [5] * (LEAST_WEEKS - 1), [0] * 60, [9] * 40 + [0] * LEAST_WEEKS, [0, 1, 0, 0] * 10])
def test_too_few_weeks_or_posts_are_not_forecast(counts: list[int]) -> None:
    assert forecast(counts, 2) is None


def test_a_yearly_season_is_seen() -> None:
    year = [20 if 20 <= week < 32 else 4 for week in range(52)]
    found = forecast([*year, *year, *year[:20]], 1)
    assert found is not None
    assert found.points[0].mean > 8  # the first week of the season; a level alone gives 4
    assert "last year" in found.models


def test_a_single_week_of_an_event_does_not_move_the_forecast_far() -> None:
    found = forecast([10] * 40 + [400] + [10] * 3, 1)
    assert found is not None
    assert found.points[0].mean < 30


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
        assert all(0 <= one.low <= one.mean <= one.high for one in found.points)
        assert set(found.models) <= set(MODELS)


def test_the_bounds_and_the_naive_forecast() -> None:
    assert interval([float(n) for n in range(11)]) == (1.0, 9.0)
    year = list(range(52))
    assert [seasonal_naive(year, ahead) for ahead in (1, 2)] == [0, 1]
    assert seasonal_naive([3, 5], 2) == 5
