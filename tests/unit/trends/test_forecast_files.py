"""Files of days change a forecast where they lowered past errors, and only there."""

import random

import pytest

from trends.forecast import Weekly, forecast
from trends.forecast.files import LEAST_HISTORY, Effect, chosen, held_out_error

WEEKS, AHEAD = 120, 2


def special(seed: int = 1, every: int = 6) -> list[float]:
    """Return the special days of each week, past and to come."""
    chance = random.Random(seed)  # noqa: S311
    return [float(chance.randrange(1, 3)) if week % every == 5 else 0.0 for week in range(WEEKS + AHEAD)]


def counts_with(days: list[float], effect: float, seed: int = 2) -> list[int]:
    """Return counts that grow by `effect` a special day."""
    chance = random.Random(seed)  # noqa: S311
    return [round(20 + effect * one + chance.gauss(0, 2)) for one in days[:WEEKS]]


def as_file(days: list[float], name: str = "calendar") -> Weekly:
    return Weekly(name, tuple((one,) for one in days))


def test_special_days_that_matter_change_the_forecast_of_the_weeks_that_have_them() -> None:
    days = special()
    days[WEEKS:] = [0.0, 2.0]
    counts = counts_with(days, 10)
    with_file, without = forecast(counts, AHEAD, files=[as_file(days)]), forecast(counts, AHEAD)
    assert with_file is not None
    assert without is not None
    assert (with_file.uses, without.uses) == (("calendar",), ())
    assert with_file.points[1].median > without.points[1].median + 10  # two special days: about 40
    assert with_file.points[0].median == pytest.approx(without.points[0].median, abs=4)
    assert with_file.error < without.error
    assert with_file.points[0].high - with_file.points[0].low < without.points[0].high - without.points[0].low


@pytest.mark.parametrize("seed", range(6))
def test_days_that_change_nothing_are_seldom_used_and_change_little(seed: int) -> None:
    counts, days = counts_with([0.0] * WEEKS, 0, seed), special(seed + 50)
    found, without = forecast(counts, AHEAD, files=[as_file(days)]), forecast(counts, AHEAD)
    assert found is not None
    assert without is not None
    assert found.points[1].median == pytest.approx(without.points[1].median, abs=1.5)


def test_of_two_files_the_one_that_helps_is_used() -> None:
    days, noise = special(), special(9, every=4)
    found = forecast(counts_with(days, 10), AHEAD, files=[as_file(noise, "weather"), as_file(days)])
    assert found is not None
    assert found.uses == ("calendar",)


def test_a_file_that_covers_too_few_weeks_is_not_used() -> None:
    days = special()
    counts = counts_with(days, 10)
    unknown = (None,) * (WEEKS - LEAST_HISTORY + 20)
    late = Weekly("calendar", unknown + as_file(days).rows[len(unknown) :])
    found = forecast(counts, AHEAD, files=[late])
    assert found == forecast(counts, AHEAD)


def test_what_is_learned_at_a_week_does_not_depend_on_later_counts() -> None:
    days = special()
    days[83], days[WEEKS] = 2.0, 2.0
    counts = [float(one) for one in counts_with(days, 10)]
    other = counts[:80] + [200.0] * (WEEKS - 80)

    def level(_known: int, _ahead: int) -> float:
        return 20.0

    first, second = (Effect(some, level, [as_file(days)], 4) for some in (counts, other))
    assert first.shift(80, 83) == second.shift(80, 83)
    assert (first.shift(80, 83) or 0) > 0.5
    assert first.shift(WEEKS, WEEKS) != second.shift(WEEKS, WEEKS)


def test_a_file_must_lower_the_error_of_held_out_weeks() -> None:
    days = special()
    counts = [float(one) for one in counts_with(days, 10)]

    def level(_known: int, _ahead: int) -> float:
        return 20.0

    effect = Effect(counts, level, [as_file(days)], 4)
    error = held_out_error(counts, level, effect)
    assert error is not None
    assert error < 0.8
    even = [20.0] * WEEKS
    assert chosen(even, level, [as_file(days)], 4) is None
