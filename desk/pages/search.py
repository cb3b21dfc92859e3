"""Search everything at once, and list the keyboard shortcuts."""

import re
from typing import cast
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from core.config.known_answers.fields import Language
from core.errors import ConfigurationError
from core.records.read_models import CaseRecord
from desk.lens import Lens
from desk.lens.typed import moved, refused, understood
from desk.pages.messages.finding import MOST_READ, Asked, listed
from desk.pages.messages.highlight import excerpt
from desk.rendering import language_of, page
from desk.shell import LensBar
from desk.state import Desk
from gazetteer import gazetteer_of
from ledger import read
from pipeline.context import now
from search.queries import TypedSearchError

CASE_KEY = re.compile(r"C-\d{8}-[0-9a-f]{12}")
BAR = LensBar("all")
"""The filters that a search from a filtered page takes along are shown beside what it found."""
SHOWN = 5
"""Results of each kind on the page; the heading leads to all of them."""


def search(request: Request) -> Response:
    """Show posts, cases, places and known answers that match.

    The key of a case opens it.
    """
    desk: Desk = request.app.state.desk
    ledger, lens = desk.context.ledger, request.state.lens
    words = request.query_params.get("q", "").strip()
    if CASE_KEY.fullmatch(words) and read.case_record(ledger, words) is not None:
        return RedirectResponse(f"/cases/{words}", status_code=303)
    try:
        elsewhere = _elsewhere(request)
    except TypedSearchError as error:
        return refused(request, "posts", error)
    if elsewhere is not None:
        return elsewhere
    found = listed(desk, Asked(lens.over(BAR.period), words, sort="best"), now()) if words else None
    narrowed = bool(lens.filters or lens.is_narrowed or lens.period not in (None, BAR.period))
    everything = listed(desk, Asked(Lens(period=BAR.period), words, sort="best"), now()) if words and narrowed else None
    return page(
        request,
        "search.html",
        lens_bar=BAR if words else None,
        words=words,
        found=found,
        everything=everything,
        shown=SHOWN,
        most_read=MOST_READ,
        excerpts={one.post_id: excerpt(one.text, one.language, words) for one in found.posts[:SHOWN]} if found else {},
        cases=_cases(ledger, words),
        places=_places(desk, words),
        answers=_answers(desk, words),
    )


def _elsewhere(request: Request) -> Response | None:
    """Return the redirect to what a search with fields means.

    Words under fields of posts are sought here; fields alone are a list.

    Raises:
        TypedSearchError: it is no search of posts, and none of cases.
    """
    desk: Desk = request.app.state.desk
    language, given = language_of(request), request.query_params
    try:
        meant = understood(desk, "posts", given, language)
    except TypedSearchError as error:
        try:
            return moved(request, "cases", "/cases")
        except TypedSearchError:
            raise error from None
    if "q" in meant or not meant:
        return moved(request, "posts")
    return RedirectResponse(
        f"/posts?{urlencode({'period': BAR.period, **meant} if 'first' not in meant and 'last' not in meant else meant)}", 303
    )


def shortcuts(request: Request) -> Response:
    """List the keyboard shortcuts."""
    return page(request, "shortcuts.html")


def _cases(ledger: read.Ledger, words: str) -> list[CaseRecord]:
    return list(read.case_records(ledger, text=words, limit=SHOWN)) if len(words) > 2 else []


def _places(desk: Desk, words: str) -> list[tuple[str, str | None]]:
    """Return the places that the words name, with their district."""
    if len(words) < 3:
        return []
    found = gazetteer_of(desk.context.city).find(words.title()) or gazetteer_of(desk.context.city).find(words)
    names = {one.place.name: one.place.district for one in found if one.place.name}
    return list(names.items())[:SHOWN]


def _answers(desk: Desk, words: str) -> list[tuple[str, str]]:
    """Return id and question of the known answers nearest to the words."""
    try:
        found = desk.answers.find(words, SHOWN)
    except ConfigurationError:
        return []
    first = cast(Language, desk.context.city.languages[0])
    return [(str(one.id), one.title(first)) for one in found]
