"""Test what a forecast learns from all series, and that it never sees later weeks."""

import random
from statistics import fmean

import numpy as np
import pytest

from trends.forecast import Pool, forecast, loads_of
from workshop.trends.score_forecast import AHEAD, LEARNED, MEASURED, usable

USUAL_WEEK = [10, 10, 10, 10, 10, 6, 4]
NO_HOLIDAY = [False] * 7


def drawn(weeks: int, seed: int = 3) -> list[list[int]]:
    """Return the counts of five services; every ninth week is an event of all of them."""
    chance = random.Random(seed)  # noqa: S311
    return [[rate * (8 if week % 9 == 4 else 1) + chance.randrange(3) for week in range(weeks)] for rate in (2, 3, 4, 6, 9)]


def swinging(number: int, weeks: int, spread: float, seed: int) -> list[list[int]]:
    """Return counts around twenty a week that differ by about `spread`."""
    chance = random.Random(seed)  # noqa: S311
    return [[max(0, round(20 + chance.gauss(0, spread))) for _ in range(weeks)] for _ in range(number)]


def test_a_forecast_made_earlier_does_not_depend_on_later_weeks() -> None:
    series = drawn(80)
    cut = [one[:60] for one in series]
    before = forecast(cut[2], 2, Pool(cut))
    for one in series:
        one[60:] = [500] * 20
    assert forecast(cut[2], 2, Pool([one[:60] for one in series])) == before


def test_the_same_series_always_have_the_same_forecast() -> None:
    series = drawn(60)
    assert forecast(series[1], AHEAD, Pool(series)) == forecast(series[1], AHEAD, Pool(series))


def test_which_method_counts_is_learned_from_the_other_series() -> None:
    chance = random.Random(7)  # noqa: S311

    def wandering() -> list[int]:
        level, counts = 40.0, []
        for _ in range(60):
            level = max(5.0, level + chance.gauss(0, 6))
            counts.append(round(level))
        return counts

    new = swinging(1, 14, 5, 8)[0]
    alone = forecast(new, 1)
    among = forecast(new, 1, Pool([*(wandering() for _ in range(12)), new]))
    assert alone is not None
    assert among is not None
    assert alone.models[:2] == ("smoothing 1.0", "smoothing 0.1")  # by chance alone
    assert among.models[-1] == "smoothing 0.1"  # what wanders is forecast by its latest weeks


def test_a_short_series_has_the_interval_of_series_of_its_size() -> None:
    new = [20] * 12  # it happens to be even so far
    pool = Pool([*swinging(12, 60, 6, 4), new])
    found, alone = forecast(new, 1, pool), forecast(new, 1)
    assert found is not None
    assert alone is not None
    assert alone.points[0].high - alone.points[0].low < 1
    assert found.points[0].high - found.points[0].low > 4


def test_four_in_five_weeks_lie_in_the_interval_at_every_horizon() -> None:
    series = swinging(10, 90, 6, 11)
    hits: list[list[bool]] = [[] for _ in range(AHEAD)]
    for origin in range(40, 86):
        pool = Pool([one[:origin] for one in series])
        for one in series:
            found = forecast(one[:origin], AHEAD, pool)
            assert found is not None
            for ahead, point in enumerate(found.points):
                hits[ahead].append(round(point.low) <= one[origin + ahead] <= round(point.high))
    assert all(0.75 <= fmean(some) <= 0.9 for some in hits)


def test_too_few_series_and_weeks_still_give_a_forecast() -> None:
    series = [[3] * 12, [4] * 12]
    found = forecast(series[0], 2, Pool(series))
    assert found is not None
    assert [round(one.median, 3) for one in found.points] == [3, 3]
    assert forecast([1] * 4, 2, Pool([])) is None


def test_a_week_of_holidays_has_less_of_a_usual_week() -> None:
    days = np.array([USUAL_WEEK] * 30, dtype=float)
    holidays = [list(NO_HOLIDAY) for _ in range(32)]
    for week in range(4, 30, 5):
        holidays[week][2] = True
        days[week][2] = 3
    holidays[30][0] = holidays[30][1] = True
    loads = loads_of(days, holidays)
    assert loads[31] == pytest.approx(1.0)
    assert loads[4] == pytest.approx(53 / 60, abs=0.02)
    assert loads[30] == pytest.approx(46 / 60, abs=0.03)


def test_a_city_without_posts_has_even_loads_of_what_is_known_beforehand() -> None:
    loads = loads_of(np.zeros((3, 7)), [NO_HOLIDAY] * 4)
    assert list(loads) == [1.0] * 4


def test_a_holiday_lowers_the_forecast_of_its_week_and_not_the_level_after_it() -> None:
    counts = [60] * 39 + [46]
    pool = Pool([counts], np.array([1.0] * 39 + [46 / 60, 1.0, 46 / 60]))
    found = forecast(counts, 2, pool)
    assert found is not None
    assert [round(one.median) for one in found.points] == [60, 46]


def test_weeks_that_choose_and_weeks_that_are_measured_share_no_target() -> None:
    counts = [4.0] * 100
    chosen, measured = usable(counts, LEARNED), usable(counts, MEASURED)
    assert chosen
    assert measured
    assert max(chosen) + AHEAD <= min(measured)
