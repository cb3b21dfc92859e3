"""Test what a forecast learns from all services, and that it never sees later weeks."""

import random

import pytest

from trends.forecast import forecast, pool_of
from workshop.trends.score_forecast import AHEAD, LEARNED, MEASURED, usable


def drawn(weeks: int, seed: int = 3) -> list[list[int]]:
    """Return the counts of five services; every ninth week is an event of all of them."""
    chance = random.Random(seed)  # noqa: S311
    return [[rate * (8 if week % 9 == 4 else 1) + chance.randrange(3) for week in range(weeks)] for rate in (2, 3, 4, 6, 9)]


def test_a_pool_cut_at_a_week_is_the_pool_of_the_weeks_before() -> None:
    series = drawn(90)
    whole = pool_of(series)
    for known in (60, 61, 75):
        cut, alone = whole.until(known), pool_of([one[:known] for one in series])
        past = series[1][:known]
        for ahead in (1, 3):
            learned = alone.forecast(past, ahead, 0)
            assert learned is not None
            assert cut.forecast(past, ahead, 0) == pytest.approx(learned)
            assert cut.share(past, ahead, 0) == alone.share(past, ahead, 0)
        assert forecast(past, AHEAD, cut) == forecast(past, AHEAD, alone)


def test_a_forecast_made_earlier_does_not_depend_on_later_weeks() -> None:
    series = drawn(80)
    changed = [one[:60] + [500] * 20 for one in series]
    past = [float(one) for one in series[2][:60]]
    assert pool_of(series).forecast(past, 2, 20) == pytest.approx(pool_of(changed).forecast(past, 2, 20))


def test_how_long_events_last_is_learned_from_the_other_services() -> None:
    series = [[rate * (6 if week % 12 >= 9 else 1) for week in range(94)] for rate in (2, 3, 4, 6, 9)]
    new = [2] * 93 + [12]  # its first event, and the first week of one of all: events last three weeks
    alone, together = forecast(new, 1), forecast(new, 1, pool_of([*series, new]))
    assert alone is not None
    assert together is not None
    assert together.points[0].mean > alone.points[0].mean + 1


def test_a_short_past_teaches_nothing_and_is_forecast_alone() -> None:
    series = [[3] * 12, [4] * 12]
    pool = pool_of(series)
    assert pool.forecast(series[0], 1, 0) is None
    found = forecast(series[0], 2, pool)
    assert found is not None
    assert [round(one.mean, 3) for one in found.points] == [3, 3]


def test_weeks_that_choose_and_weeks_that_are_measured_share_no_target() -> None:
    counts = [4.0] * 100
    chosen, measured = usable(counts, LEARNED), usable(counts, MEASURED)
    assert chosen
    assert measured
    assert max(chosen) + AHEAD <= min(measured)
