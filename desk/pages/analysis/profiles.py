"""Show one service or one district: posts, cases, words and examples."""

import logging
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from core.errors import UnavailableError
from core.i18n.display_names import display_name
from core.records.annotation import TOPICS
from dashboards.boards.profile import DISTRICT_PAGE, SERVICE
from dashboards.panels import Dashboard
from desk.lens import DIMENSIONS, PLACES, Lens, Window
from desk.lens.counting import LensCounts
from desk.pages.analysis import dashboards
from desk.pages.cases.listing import case_filters
from desk.rendering import language_of, page
from desk.shell import LensBar
from desk.state import Desk
from ledger import read
from pipeline.context import now
from search import queries
from trends.words import LEAST_POSTS, rising_words

log = logging.getLogger("escucha")
MOST_TEXTS = 2_000
"""Newest posts of each period whose words are compared."""
MOST_WORDS = 10
EXAMPLES = 5
CASES = 8
BOARDS: dict[str, tuple[str, Dashboard]] = {"service": ("topic", SERVICE), "district": ("district", DISTRICT_PAGE)}
"""Field of the lens and panels, by kind of page."""


@dataclass(frozen=True)
class Word:
    """Hold a word that more posts use now than before."""

    word: str
    now: int
    before: int


def profiles(request: Request) -> Response:
    """List all services and districts with their numbers."""
    desk: Desk = request.app.state.desk
    ledger, moment = desk.context.ledger, now()
    _, lens = dashboards.window_of(request, request.state.lens)
    window = lens.window(moment, desk.context.city.zone)
    counts = read.facet_counts(ledger, **lens.in_places(window))
    posts, complaints = (read.fold(counts, lens.filters | more)[1] for more in ({}, {"intent": "complaint"}))
    open_cases: read.CaseFilters = {**case_filters(lens.changed(period=None), desk, moment), "open_only": True}
    return page(
        request,
        "profiles.html",
        lens_bar=LensBar(dashboards.BAR.period, periods=dashboards.BAR.periods),
        shown=lens,
        posts=posts,
        complaints=complaints,
        cases={
            "topic": read.count_cases_by_topic(ledger, **open_cases),
            "district": read.count_cases_by_place(ledger, "district", **open_cases),
        },
        topics=TOPICS,
    )


def profile(request: Request) -> Response:
    """Show one service or district."""
    desk: Desk = request.app.state.desk
    kind, name, lens = _asked(request)
    field, board = BOARDS[kind]
    _, shown = dashboards.window_of(request, lens)
    moment, ledger = now(), desk.context.ledger
    filters = shown.post_filters(moment, desk.context.city.zone)
    open_cases: read.CaseFilters = {**case_filters(lens.changed(period=None), desk, moment), "open_only": True}
    return dashboards.show(
        request,
        board,
        lens,
        f"/profiles/{kind}/{quote(name)}",
        "profile.html",
        kind=kind,
        field=field,
        subject=name,
        name=display_name("topic", name, language_of(request)) if kind == "service" else name,
        bar=LensBar(
            dashboards.BAR.period,
            tuple(one for one in (*DIMENSIONS, *PLACES) if one != field),
            compares=True,
            periods=dashboards.BAR.periods,
        ),
        words=_words(desk, shown, filters),
        examples=read.messages(ledger, limit=EXAMPLES, **filters),
        open_cases=list(read.case_records(ledger, order="due", limit=CASES, **open_cases)),
        open_total=read.count_cases(ledger, **open_cases),
        moment=moment,
    )


def panel_file(request: Request) -> Response:
    """Send one panel of a service or district as PNG or CSV."""
    kind, _, lens = _asked(request)
    return dashboards.send(request, BOARDS[kind][1], lens)


def _asked(request: Request) -> tuple[str, str, Lens]:
    kind, name = request.path_params["kind"], request.path_params["name"]
    desk: Desk = request.app.state.desk
    known: Any = {"service": TOPICS, "district": desk.shell.options()["district"]}.get(kind, ())
    if name not in known:
        raise HTTPException(404)
    return kind, name, request.state.lens.changed(**{BOARDS[kind][0]: name})


def _words(desk: Desk, lens: Lens, filters: read.PostFilters) -> list[Word] | None:
    """Return the words that rise; None while the search engine is down.

    Their numbers are those of a search for the word: the link shows the same.
    """
    zone, moment = desk.context.city.zone, now()
    before = lens.compared(moment, zone)
    if before.since is None:
        return []
    window = lens.window(moment, zone)
    texts = [_texts(desk, lens, filters, one) for one in (window, before)]
    words = rising_words(texts[0], texts[1], MOST_WORDS)
    if not words:
        return []
    try:
        counts = [_counts(desk, lens, words, one) for one in (window, before)]
    except UnavailableError as error:
        log.info("desk: %s", error)
        return None
    found = (Word(word, n, m) for word, n, m in zip(words, *counts, strict=True))
    return [one for one in found if one.now >= LEAST_POSTS and one.now > one.before]  # a search ignores words like “about”


def _texts(desk: Desk, lens: Lens, filters: read.PostFilters, window: Window) -> list[str]:
    """Return the newest texts of a period."""
    within: read.PostFilters = {**filters, "since": window.since, "until": window.until}
    times = LensCounts(desk.counts, lens).times(lens.filters, since=window.since, until=window.until, limit=MOST_TEXTS)
    return read.message_texts(desk.context.ledger, limit=MOST_TEXTS, times=times, **within)


def _counts(desk: Desk, lens: Lens, words: list[str], window: Window) -> list[int]:
    within = None
    if lens.is_narrowed:
        within = read.message_ids(desk.context.ledger, limit=dashboards.MOST_WITHIN, **lens.in_places(window))
    return desk.ask(lambda engine: queries.count_each(engine, words, lens.filters, since=window.since, until=window.until, within=within))
