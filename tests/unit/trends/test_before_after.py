"""Before and after an event: a ratio of rates with an interval, or not enough data."""

import pytest

from trends.before_after import RateRatio, dispersion, rate_ratio
from trends.words import rising_words


@pytest.mark.parametrize(
    ("before", "after"),
    [([1] * 9, [9] * 9), ([3] * 6, [9] * 9), ([3] * 28, [9]), ([], [20]), ([0] * 28, [20] * 7)],
    ids=["few before", "fewer days than a week", "few after", "nothing before", "zeros before"],
)
def test_too_little_gives_no_ratio(before: list[int], after: list[int]) -> None:
    assert rate_ratio(before, after) is None


def test_twice_as_many_posts_a_day_is_clear_and_the_same_is_not() -> None:
    twice, same = rate_ratio([5] * 28, [10] * 7), rate_ratio([5] * 28, [5] * 7)
    assert twice is not None
    assert same is not None
    assert (twice.ratio, twice.is_clear) == (2.0, True)
    assert (same.ratio, same.is_clear) == (1.0, False)
    assert twice.low * twice.high == pytest.approx(4.0)  # symmetric on the logarithm


def test_days_that_vary_widen_the_interval() -> None:
    steady, wild = rate_ratio([10] * 28, [20] * 8), rate_ratio([0, 20] * 14, [0, 40] * 4)
    assert steady is not None
    assert wild is not None
    assert steady.ratio == wild.ratio == 2.0
    assert wild.low < steady.low < steady.high < wild.high
    assert dispersion([10] * 28, [20] * 8) == 1.0
    assert RateRatio(2.0, 0.9, 4.4).is_clear is False


def test_a_word_that_more_posts_use_rises_and_one_that_is_always_used_does_not() -> None:
    before = [f"la plaza está sucia {n}" for n in range(60)]
    now = [f"La Plaza sucia por la huelga {n}" for n in range(12)] + ["La plaza sucia"] * 8
    assert rising_words(now, before) == ["huelga"]
    assert rising_words(now, []) == rising_words([], before) == []


def test_a_word_is_counted_once_a_post_and_names_of_people_and_links_never() -> None:
    before = ["nada nuevo"] * 60
    assert rising_words(["huelga huelga huelga huelga huelga"], before) == []
    assert rising_words(["@huelga [number] https://huelga.example"] * 20, before) == []
    assert rising_words(["Autobús", "autobus", "autobús", "autobús", "AUTOBÚS", "autobús"], before) == ["autobús"]
