"""Test the links of panels: exactly the rows that a mark counts, or none."""

from dataclasses import replace
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
KNOWN = {"/posts": {*NAMES, "of", "decision", "case_kind", "asks_action"}, "/cases": {*NAMES, *FILTERS, *VIEW_PARAMETERS}}


@pytest.mark.parametrize(
    ("key", "keys", "url"),
    [
        ("complaints_by_topic", ("noise",), f"/posts?intent=complaint&topic=noise{DAYS}"),
        ("topic_by_district", ("Usera", "noise"), f"/posts?district=Usera&topic=noise{DAYS}"),
        ("topic_by_sentiment", ("noise",), f"/posts?topic=noise{DAYS}"),
        ("spam_by_source", ("x",), f"/posts?of=spam&source=x{DAYS}"),
        ("cases_by_topic", ("noise",), f"/cases?all=1&merged=no&topic=noise{DAYS}"),
        ("overdue", ("Vías públicas",), "/cases?overdue=1&department=V%C3%ADas+p%C3%BAblicas"),
        ("posts_by_sentiment", ("2026-11-03", "negative"), "/posts?sentiment=negative&first=2026-11-03&last=2026-11-03"),
        ("actionable_total", (), f"/posts?asks_action=yes{DAYS}"),
        ("waiting_total", (), "/cases?waits=1"),
        ("waiting_by_topic", ("noise",), "/cases?waits=1&topic=noise"),
        ("cases_share_by_topic", ("noise", "no"), ""),
        ("complaints_by_hour", ("08",), ""),
        ("latest_actionable", (), ""),
    ],
)
def test_a_mark_links_to_its_rows_or_to_nothing(key: str, keys: tuple[str, ...], url: str) -> None:
    assert rows_url(PANELS[key], WINDOW, keys) == url


@pytest.mark.parametrize(
    ("key", "keys", "filters", "url"),
    [
        ("posts_total", (), (("topic", "noise"), ("intent", "praise")), f"/posts?topic=noise&intent=praise{DAYS}"),
        ("complaints_by_topic", ("noise",), (("topic", "noise"),), f"/posts?intent=complaint&topic=noise{DAYS}"),
        ("complaints_by_topic", ("noise",), (("topic", "other"),), ""),  # counts nothing
        ("complaints_total", (), (("intent", "praise"),), ""),
        ("complaints_by_barrio", ("Sol",), (("district", "Centro"),), f"/posts?intent=complaint&barrio=Sol&district=Centro{DAYS}"),
        ("cases_total", (), (("topic", "noise"), ("intent", "praise")), f"/cases?all=1&merged=no&topic=noise{DAYS}"),
        ("campaign_topics", ("noise", "now"), (), f"/posts?topic=noise{DAYS}"),
        ("campaign_topics", ("noise", "before"), (), ""),
    ],
)
def test_a_mark_keeps_the_filters_of_the_lens_that_its_page_has(
    key: str, keys: tuple[str, ...], filters: tuple[tuple[str, str], ...], url: str
) -> None:
    assert rows_url(PANELS[key], replace(WINDOW, filters=filters), keys) == url


def test_an_area_and_the_layer_of_a_mark_are_in_its_link() -> None:
    area = "40.4,-3.72,40.43,-3.68"
    asked = parse_qs(urlsplit(rows_url(PANELS["posts_total"], WINDOW, (), area)).query)
    assert asked == {"area": [area], "first": ["2026-11-01"], "last": ["2026-11-28"]}
    day = ("2026-11-03",)
    praise = "/posts?intent=praise&first=2026-11-03&last=2026-11-03"
    assert rows_url(PANELS["complaints_per_day"], WINDOW, day, at=1) == praise
    assert rows_url(PANELS["opened_and_resolved"], WINDOW, day, at=1) == ""  # no page lists by the day of closing


def test_every_parameter_is_one_that_the_page_reads() -> None:
    urls = [urlsplit(rows_url(panel, WINDOW)) for panel in PANELS.values()]
    assert sum(bool(url.path) for url in urls) > 20
    for url in urls:
        assert set(parse_qs(url.query)) <= KNOWN.get(url.path, set()), url
