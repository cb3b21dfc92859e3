"""Publish open problems: list, map, and "I see it too".

A problem is published when enough different people reported it; no text of a post and no exact point are shown.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from core.i18n.display_names import display_name
from core.i18n.translate import translator
from core.records.case import OPEN
from core.records.post import is_example
from core.web.client_address import caller
from ledger import read
from ledger.read import PublishedCase
from pipeline.context import now
from pipeline.portal import citizens
from portal.open311.requests import location
from portal.open311.services import offered_topics
from portal.pages.open_map.drawing import OpenMap, Place, draw_map
from portal.rendering import kept_page, language_of, page, site_of
from portal.site import Site

MOST = 300
"""Most problems on the page, the newest."""
BARRIO_DECIMALS = 3
"""Decimals of coordinates that tell the barrio: about 100 m."""
COOKIE = "browser"


@dataclass(frozen=True)
class Problem:
    """Describe an open problem as it is published."""

    case_key: str
    topic: str
    topic_asked: bool
    """The service is not decided yet."""
    address: str | None
    barrio: str | None
    """Where street and coordinates are published so finely that they tell it anyway; else None."""
    lat: float | None
    lon: float | None
    status: str
    since: datetime
    due_at: datetime
    is_late: bool
    """The answer was expected before now."""
    people: int
    """Who reported it, and browsers that see it too."""
    example: bool


@dataclass(frozen=True)
class Overview:
    """Hold the open problems and their map."""

    problems: Sequence[Problem]
    map: OpenMap | None
    """None: no problem has a point."""
    minimum: int
    hidden: bool
    """There are more than are shown."""


def problems(site: Site, topic: str | None = None, limit: int = MOST) -> list[Problem]:
    """Return the published open problems, newest first."""
    city, options = site.context.city, site.context.city.portal
    if not options.incidents:
        return []
    offered = offered_topics(city.open311)
    wanted = [one for one in offered if topic is None or one == topic]
    found = read.published_cases(
        site.context.ledger,
        limit,
        topics=wanted,
        unless_guessed=city.open311.hidden,
        states=sorted(OPEN),
        min_authors=options.minimum_witnesses,
        example=None if site.shows_examples else False,
    )
    seen = read.sightings(site.context.ledger, [case.case_key for case in found])
    return [_problem(site, case, seen.get(case.case_key, 0)) for case in found]


def _problem(site: Site, case: PublishedCase, seen: int) -> Problem:
    address, lat, lon = location(site.context.city, case)
    return Problem(
        case_key=case.case_key,
        topic=case.topic,
        topic_asked=case.topic_asked,
        address=address,
        barrio=case.barrio if lat is not None and site.context.city.open311.decimals >= BARRIO_DECIMALS else None,
        lat=lat,
        lon=lon,
        status=case.state,
        since=case.received_at,
        due_at=case.due_at,
        is_late=case.due_at < now(),
        people=case.authors + seen,
        example=any(map(is_example, case.sources)),
    )


def overview(site: Site, topic: str | None, language: str) -> Overview:
    """Return the open problems with their map, labelled in this language."""
    found = problems(site, topic, MOST + 1)
    shown = found[:MOST]
    places = [
        Place(number, one.case_key, " · ".join(filter(None, (_service(one, language), one.address))), one.lon, one.lat)
        for number, one in enumerate(shown, start=1)
        if one.lon is not None and one.lat is not None
    ]
    drawn = draw_map(site.context.city, places)
    return Overview(shown, drawn, site.context.city.portal.minimum_witnesses, len(found) > MOST)


def _service(one: Problem, language: str) -> str:
    if one.topic_asked:
        return translator(language, "portal")("Service to be decided")
    return display_name("topic", one.topic, language)


def open_problems(request: Request) -> Response:
    """Show what is open."""
    site, asked = site_of(request), request.query_params.get("service", "")
    topics = offered_topics(site.context.city.open311)
    topic = asked if asked in topics else None
    thanks = request.query_params.get("seen") == "1"
    return kept_page(
        request,
        "open.html",
        topic or "",
        str(thanks),
        topics=topics,
        topic=topic,
        thanks=thanks,
        found=lambda: overview(site, topic, language_of(request)),
    )


async def see_too(request: Request) -> Response:
    """Count that this browser sees the same problem."""
    return await run_in_threadpool(_see_too, request)


def _see_too(request: Request) -> Response:
    site, case_key = site_of(request), request.path_params["case_key"]
    address = caller(request.client.host if request.client else "")
    if not site.sightings.admits(address):
        return page(request, "refused.html", status=429, reason="often")
    if case_key not in {one.case_key for one in problems(site)}:
        return page(request, "refused.html", status=404, reason="gone")
    if not site.same_sightings.admits(f"{address} {case_key}"):
        return page(request, "refused.html", status=429, reason="counted")
    browser = request.cookies.get(COOKIE, "")
    browser = browser if len(browser) == 32 and browser.isalnum() else citizens.new_browser()
    if not citizens.see_too(site.context, case_key, browser):  # closed since the list was made
        return page(request, "refused.html", status=404, reason="gone")
    response = RedirectResponse(f"/open?{urlencode({'seen': '1'})}", status_code=303)
    response.set_cookie(COOKIE, browser, max_age=90 * 86400, samesite="strict", httponly=True, secure=site.secure, path="/open")
    return response
