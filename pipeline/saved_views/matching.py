"""Find what newly matches a saved view."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from functools import partial
from typing import cast
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

from core.periods import Preset, Window, window_of
from core.records.area import Area
from ledger import read
from ledger.read import Population, PostFilters, SavedView
from pipeline.context import Context
from search import queries

LOOK_BACK = timedelta(days=8)
"""Posts written earlier are not reported: a new source may bring years of them. What is late, or labelled late, is caught up."""
CHOICES = ("topic", "district", "source", "language", "intent", "sentiment", "decision", "case_kind")
"""Parameters of a list of posts that are filters by the same name."""
PLACES = ("barrio", "area")
SHOWN = ("period", "first", "last", "compare", "sort", "layout")
"""Parameters that filter nothing, or the period."""
KNOWN = {
    "posts": {*SHOWN, "q", "of", "placed", "asks_action", *CHOICES, *PLACES},
    "cases": {
        *SHOWN,
        "q",
        *CHOICES,
        *PLACES,
        "point",
        "kind",
        "state",
        "department",
        "service",
        "merged",
        "all",
        "whose",
        "due",
        "waits",
        "overdue",
        "asked",
        "aside",
        "reopened",
        "example",
    },
}
"""Parameters that are honoured here, by page: an alert never tells more than its view lists."""
ENGINE_S = 20.0
FOUND_AT_ONCE = 1_000


def unseen(context: Context, view: SavedView, alert: int, user: str, moment: datetime) -> list[str]:
    """Return what matches and was not seen by an alert, newest first.

    They are ids of posts or keys of cases. `alert`: its number; 0: of an alert that is not made yet. `user`: whose cases are `mine`.

    Raises:
        UnavailableError: the view has words, and the search engine does not answer.
    """
    asked = dict(parse_qsl(view.query))
    window = window_of_view(view, moment, context.city.zone)
    if view.page == "cases":
        filters = read.case_query(context.ledger, asked, user, moment, context.city.zone)
        lens = read.CaseFilters(
            since=window.since,
            until=window.until,
            topic=asked.get("topic"),
            district=asked.get("district"),
            source=asked.get("source"),
            barrio=asked.get("barrio"),
            area=_area(asked),
        )
        whole: read.CaseFilters = {**filters, **lens}
        return read.unseen_cases(context.ledger, alert, **whole)
    recent = moment - LOOK_BACK
    window = Window(max(window.since or recent, recent), window.until)
    return _unseen_posts(context, asked, alert, window)


def unknown_filters(view: SavedView) -> set[str]:
    """Return the parameters of a view that are not honoured here."""
    return dict(parse_qsl(view.query)).keys() - KNOWN[view.page]


def window_of_view(view: SavedView, moment: datetime, zone: ZoneInfo) -> Window:
    """Return the bounds of a view's period at a moment."""
    asked = dict(parse_qsl(view.query))
    first, last = (date.fromisoformat(asked[name]) if name in asked else None for name in ("first", "last"))
    return window_of(cast(Preset, asked.get("period", "all")), (first, last) if first or last else None, moment, zone)


def _unseen_posts(context: Context, asked: Mapping[str, str], alert: int, window: Window) -> list[str]:
    of, words = cast(Population, asked.get("of", "citizens")), asked.get("q", "")
    choices = {name: asked[name] for name in CHOICES if name in asked}
    places = PostFilters(
        barrio=asked.get("barrio"),
        area=_area(asked),
        located=False if asked.get("placed") == "no" else None,
        asks_action=True if asked.get("asks_action") == "yes" else None,
    )
    if not words:
        filters = cast(PostFilters, {"since": window.since, "until": window.until, **choices, **places})
        return read.unseen_posts(context.ledger, alert, of, **filters)
    found = _searched(context, words, choices, of, window)
    return read.unseen_posts(context.ledger, alert, "all", among=found, **places)


def _area(asked: Mapping[str, str]) -> Area | None:
    """Return the area drawn on the map; None without one."""
    return Area.read(asked["area"]) if "area" in asked else None


def _searched(context: Context, words: str, choices: Mapping[str, str], of: Population, window: Window) -> list[str]:
    """Return the posts that the search engine finds."""
    breaker, found, after = queries.CircuitBreaker(context.settings), list[str](), None
    while True:
        ask = partial(
            queries.search_posts,
            words=words,
            filters=choices,
            population=of,
            since=window.since,
            until=window.until,
            order="newest",
            after=after,
            limit=FOUND_AT_ONCE,
        )
        page = breaker.ask(ask, ENGINE_S)
        found += page.ids
        after = page.after
        if after is None:
            return found
