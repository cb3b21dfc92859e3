"""Dashboards are drawn before somebody asks, and again only when what they show has changed."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.errors import UnavailableError
from dashboards.panels import DASHBOARDS
from desk.app import create_app
from desk.chart_cache import ChartCache
from pipeline import all_steps as steps
from pipeline.context import Context
from search.connection.engine import stop_embedded
from tests.support.seeded import open_seeded

NOW = datetime.now(UTC) - timedelta(minutes=5)


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Context]:
    context = open_seeded(tmp_path, 12, NOW)
    yield context
    context.ledger.close()
    stop_embedded(context.settings)


def test_all_dashboards_are_drawn_in_the_languages_of_the_city_once_the_index_has_caught_up(context: Context) -> None:
    desk = create_app(context).state.desk
    painter = ChartCache(desk)
    assert painter.current_counts() is None  # twelve posts wait for the index: what would be drawn is not yet true
    steps.index(context)
    first = painter.current_counts()
    assert first is not None
    painter.render_all()
    assert {(key, language) for key, language, _period in desk.rendered} == {
        (one.key, language) for one in DASHBOARDS for language in ("es", "en")
    }
    assert painter.current_counts() == first


def test_without_a_search_engine_nothing_is_drawn_and_the_painter_says_so(context: Context) -> None:
    with pytest.raises(UnavailableError, match="is not running"):
        ChartCache(create_app(context).state.desk).render_all()
