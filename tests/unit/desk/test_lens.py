"""The lens: read strictly from an address, by the city's calendar, and carried by every link."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from starlette.datastructures import QueryParams

from core.periods import COMPARISONS, PRESETS, Preset
from desk.lens import Lens, LensError, Window
from desk.lens.links import carry, with_lens
from desk.rendering import address_under

MADRID = ZoneInfo("Europe/Madrid")
NOW = datetime(2026, 11, 25, 9, 30, 20, tzinfo=UTC)  # a Wednesday, 10:30 in Madrid


def lens(query: str) -> Lens:
    return Lens.read(QueryParams(query))


def local(window: Window) -> tuple[str | None, str | None]:
    shown = (None if one is None else f"{one.astimezone(MADRID):%Y-%m-%d %H:%M}" for one in (window.since, window.until))
    since, until = shown
    return since, until


@pytest.mark.parametrize(
    ("preset", "since", "until"),
    [
        ("today", "2026-11-25 00:00", None),
        ("24h", "2026-11-24 10:30", None),
        ("7d", "2026-11-19 00:00", None),
        ("week", "2026-11-23 00:00", None),
        ("last_week", "2026-11-16 00:00", "2026-11-23 00:00"),
        ("28d", "2026-10-29 00:00", None),
        ("30d", "2026-10-27 00:00", None),
        ("month", "2026-11-01 00:00", None),
        ("last_month", "2026-10-01 00:00", "2026-11-01 00:00"),
        ("all", None, None),
    ],
)
def test_a_period_has_the_bounds_of_the_citys_calendar(preset: Preset, since: str, until: str | None) -> None:
    assert local(lens(f"period={preset}").window(NOW, MADRID)) == (since, until)


def test_a_range_includes_its_last_day_across_the_change_of_the_hour() -> None:
    window = lens("first=2026-10-24&last=2026-10-25").window(NOW, MADRID)
    assert local(window) == ("2026-10-24 00:00", "2026-10-26 00:00")
    assert window.since is not None
    assert window.until is not None
    assert window.until - window.since == timedelta(hours=48)  # wall clock; 49 hours elapse
    assert window.until.astimezone(UTC) - window.since.astimezone(UTC) == timedelta(hours=49)


@pytest.mark.parametrize(
    ("query", "since", "until", "compared"),
    [
        ("first=2026-11-20", "2026-11-20 00:00", None, ("2026-11-14 00:00", "2026-11-19 10:30")),
        ("last=2026-11-20", None, "2026-11-21 00:00", (None, None)),
    ],
)
def test_a_range_may_be_open_at_one_end(query: str, since: str | None, until: str | None, compared: tuple[str, str]) -> None:
    one = lens(query)
    assert one.period == "custom"
    assert local(one.window(NOW, MADRID)) == (since, until)
    assert local(one.compared(NOW, MADRID)) == compared
    assert lens(one.query) == one


@pytest.mark.parametrize(
    ("query", "since", "until"),
    [
        ("period=week", "2026-11-16 00:00", "2026-11-18 10:30"),
        ("period=last_week", "2026-11-09 00:00", "2026-11-16 00:00"),
        ("period=7d", "2026-11-12 00:00", "2026-11-18 10:30"),
        ("period=month", "2026-10-01 00:00", "2026-10-25 10:30"),
        ("period=last_month", "2026-09-01 00:00", "2026-10-01 00:00"),
        ("period=week&compare=weeks", "2026-10-26 00:00", "2026-10-28 10:30"),
        ("period=30d&compare=weeks", "2026-09-01 00:00", "2026-09-30 10:30"),
        ("period=week&compare=none", None, None),
        ("period=all", None, None),
        ("first=2026-10-25&last=2026-10-25", "2026-10-24 00:00", "2026-10-25 00:00"),
    ],
)
def test_a_period_is_compared_with_an_earlier_one_of_its_length(query: str, since: str, until: str) -> None:
    assert local(lens(query).compared(NOW, MADRID)) == (since, until)


def test_the_31st_is_compared_with_the_whole_shorter_month_before() -> None:
    end = datetime(2026, 10, 31, 12, tzinfo=UTC)
    assert local(lens("period=month").compared(end, MADRID)) == ("2026-09-01 00:00", "2026-10-01 00:00")


@pytest.mark.parametrize(
    "query",
    [
        "period=yesterday",
        "compare=x",
        "topic=ufos",
        "intent=x",
        "sentiment=angry",
        "period=custom",
        "period=custom&topic=noise",
        "first=1999-12-31",
        "last=2101-01-01",
        "first=x&last=2026-01-01",
        "first=2026-02-01&last=2026-01-01",
        "first=9999-12-31&last=9999-12-31",
        "district=" + "x" * 101,
        "district=a%00b",
        "first=2026-1-1&last=2026-01-02",
    ],
)
def test_what_cannot_be_read_is_refused(query: str) -> None:
    with pytest.raises(LensError):
        lens(query)


@pytest.mark.parametrize("period", PRESETS)
@pytest.mark.parametrize("compare", COMPARISONS)
def test_what_is_written_is_read_again(period: str, compare: str) -> None:
    days = "&first=2026-03-01&last=2026-03-02" if period == "custom" else ""
    one = lens(f"period={period}&compare={compare}&topic=noise&district=Usera&source=x&language=es&intent=praise{days}")
    assert lens(one.query) == one


def test_a_preset_wins_over_the_days_left_in_the_form() -> None:
    assert lens("period=week&first=2026-03-01&last=2026-03-02") == lens("period=week")


def test_links_and_forms_carry_the_lens_and_exact_ones_do_not() -> None:
    page = (
        '<a href="/cases?kind=report#top">a</a> <a href="https://x.example/">b</a> <a href="/posts?topic=other" data-count="3">c</a> '
        '<form method="get" action="/cases"><select name="topic"></select></form> <form method="post" action="/x/y"></form> '
        '<a href="/static/a.css">d</a> <p>&lt;a href="/evil"&gt;</p> <a href="?page=2">e</a>'
    )
    assert carry(page, {"period": "week", "topic": "noise"}) == (
        '<a href="/cases?period=week&amp;topic=noise&amp;kind=report#top">a</a> <a href="https://x.example/">b</a> '
        '<a href="/posts?topic=other" data-count="3">c</a> '
        '<form method="get" action="/cases?period=week&amp;topic=noise"><input type="hidden" name="period" value="week">'
        '<select name="topic"></select></form> <form method="post" action="/x/y?period=week&amp;topic=noise"></form> '
        '<a href="/static/a.css">d</a> <p>&lt;a href="/evil"&gt;</p> <a href="?page=2">e</a>'
    )


def test_a_period_in_a_link_replaces_a_range() -> None:
    assert with_lens("/posts?period=week", {"period": "custom", "first": "2026-01-01", "last": "2026-01-02"}) == "/posts?period=week"
    assert address_under(lens("first=2026-01-01&last=2026-01-02"), "/posts", period="week") == "/posts?period=week"
    assert address_under(lens("topic=noise"), "/posts", topic=None) == "/posts"
