"""The table of posts read a day is computed from the posts of the ledger."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.config.thresholds import load_joining_prices
from ledger import read
from pipeline.casework.looks import reading_prices
from pipeline.context import Context
from tests.support.seeded import open_seeded


@pytest.fixture
def context(tmp_path: Path) -> Context:
    return open_seeded(tmp_path, 60, datetime.now(UTC) - timedelta(minutes=5))


def test_reading_everything_misses_nothing_and_reading_more_never_misses_more(context: Context) -> None:
    prices = reading_prices(context)
    assert [one.read_a_day for one in prices] == sorted({one.read_a_day for one in prices})
    reached = [one.reached for one in prices]
    assert reached == sorted(reached)
    assert (prices[0].read_a_day, prices[-1].missed, prices[-1].at_most, prices[-1].reached) == (0, 0.0, 0.0, 1.0)
    assert all(one.missed <= one.at_most for one in prices)


def test_the_share_without_reading_is_what_the_labelled_posts_let_expect(context: Context) -> None:
    chance = context.city.thresholds.chance
    counts = read.score_counts(context.ledger, datetime.now(UTC) - timedelta(days=28))
    of_cases = sum(one.posts * chance(one.score)[0] for one in counts if one.decision == "in_case")
    of_others = sum(one.posts * chance(one.score)[0] for one in counts if one.decision != "in_case")
    none_read = reading_prices(context)[0]
    assert none_read.reached == pytest.approx(of_cases / (of_cases + of_others))
    assert none_read.reached < 1


def test_a_ledger_without_posts_has_no_prices(tmp_path: Path) -> None:
    assert reading_prices(open_seeded(tmp_path, 0, datetime.now(UTC))) == []


def test_joining_later_is_righter_and_finds_less() -> None:
    for stream in ("network", "notices"):
        rows = [one for one in load_joining_prices() if one.stream == stream]
        assert len(rows) >= 3
        assert [one.bar for one in rows] == sorted(one.bar for one in rows)
        assert [one.right for one in rows] == sorted(one.right for one in rows)
        assert [one.found for one in rows] == sorted((one.found for one in rows), reverse=True)
        assert [one.missed_joins for one in rows] == [pytest.approx(one.bar / (1 - one.bar)) for one in rows]
