"""Test the links of panels: exactly the rows that a mark counts, or none."""

from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import pytest

from dashboards.panels import PANELS
from dashboards.window import Window
from desk.lens import NAMES
from desk.pages.cases.listing import FILTERS, VIEW_PARAMETERS
from desk.panel_links import rows_url

WINDOW = Window(now=datetime(2026, 11, 28, 9, tzinfo=UTC), zone=ZoneInfo("Europe/Madrid"))
DAYS = "&first=2026-11-01&last=2026-11-28"
KNOWN = {"/posts": {*NAMES, "of", "decision", "case_kind"}, "/cases": {*NAMES, *FILTERS, *VIEW_PARAMETERS}}


@pytest.mark.parametrize(
    ("key", "keys", "url"),
    [
        ("complaints_by_topic", ("noise",), f"/posts?intent=complaint&topic=noise{DAYS}"),
        ("topic_by_district", ("Usera", "noise"), f"/posts?district=Usera&topic=noise{DAYS}"),
        ("topic_by_sentiment", ("noise",), f"/posts?topic=noise{DAYS}"),
        ("spam_by_source", ("x",), f"/posts?of=spam&source=x{DAYS}"),
        ("cases_by_topic", ("noise",), f"/cases?all=1&merged=no&topic=noise{DAYS}"),
        ("overdue", ("Vías públicas",), "/cases?overdue=1&department=V%C3%ADas+p%C3%BAblicas"),
        (
            "posts_by_sentiment",
            ("2026-11-03", "negative"),
            "/posts?sentiment=negative&first=2026-11-03&last=2026-11-03",
        ),
        ("cases_share_by_topic", ("noise", "no"), ""),
        ("complaints_by_hour", ("08",), ""),
        ("latest_actionable", (), ""),
    ],
)
def test_a_mark_links_to_its_rows_or_to_nothing(key: str, keys: tuple[str, ...], url: str) -> None:
    assert rows_url(PANELS[key], WINDOW, keys) == url


def test_every_parameter_is_one_that_the_page_reads() -> None:
    urls = [urlsplit(rows_url(panel, WINDOW)) for panel in PANELS.values()]
    assert sum(bool(url.path) for url in urls) > 20
    for url in urls:
        assert set(parse_qs(url.query)) <= KNOWN.get(url.path, set()), url
