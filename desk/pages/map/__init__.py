"""Show posts by place, and open cases, on a map.

Nothing is fetched from outside, unless the site names a tile server: no third party learns what is viewed.
"""

import math
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import cast, get_args

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from core.config.word_lists import city_folder
from core.errors import ConfigurationError
from core.records.area import DECIMALS
from desk.lens import Lens, LensError
from desk.lens.counting import LensCounts
from desk.pages.analysis.events import events_of
from desk.pages.cases.listing import case_filters
from desk.pages.map.clusters import clusters
from desk.pages.map.drawing import draw, edges, streets, tiles
from desk.pages.map.places import SHOWS, Show, places, shades
from desk.pages.today.figures import timeline
from desk.rendering import address_under, page, render
from desk.shell import LensBar
from desk.state import Desk
from gazetteer.city_map import WIDTH, framed
from gazetteer.lines import MapPart, city_streets, streets_on
from gazetteer.loading.inhabitants import FILE, inhabitants
from gazetteer.loading.outlines import By, has_areas
from ledger import read
from pipeline.context import now

LEAST_SHARE = 0.05
"""Of the map's width: a smaller part shows nothing more."""
STEP = 10.0
"""Edges of a part are multiples of it, so that a part asked for again is known."""
UNKNOWN = "This address names a map that does not exist."
KEPT = {"Cache-Control": "private, max-age=3600"}


def map_streets(request: Request) -> Response:
    """Return the streets of a part of the map as SVG.

    A browser keeps them: they change with the gazetteer only. `frame`: west, east, south and north of the map in degrees; `view`: x, y,
    width and height of the part in units of the map.
    """
    desk: Desk = request.app.state.desk
    west, east, south, north = _numbers(request, "frame")
    x, y, width, height = _numbers(request, "view")
    if not (-180 <= west < east <= 180 and -85 <= south < north <= 85 and width >= LEAST_SHARE * WIDTH and height > 0):
        raise ConfigurationError(UNKNOWN)
    down = [math.floor(one / STEP) * STEP for one in (x, y)]
    size = [math.ceil(one / STEP) * STEP + STEP for one in (width, height)]
    drawn = streets_on(city_folder(desk.context.city), framed((west, east, south, north)), MapPart(*down, *size))
    return Response(render("streets.svg", drawn=drawn), media_type="image/svg+xml", headers=KEPT)


def _numbers(request: Request, name: str) -> tuple[float, float, float, float]:
    try:
        first, second, third, fourth = map(float, request.query_params.get(name, "").split(","))
    except ValueError:
        raise ConfigurationError(UNKNOWN) from None
    found = (first, second, third, fourth)
    if not all(math.isfinite(one) for one in found):
        raise ConfigurationError(UNKNOWN)
    return found


__all__ = ["map_page", "map_streets"]
BAR = LensBar("30d", compares=True)
MOST_STEPS = 62
"""Days of the slider; a longer period has steps of several days."""
BOX = ("south", "west", "north", "east")


@dataclass(frozen=True)
class Slider:
    """Describe the steps of the time slider."""

    steps: tuple[tuple[date, date], ...]
    """First and last day of each."""
    at: int
    """Chosen step, from 1; 0: the whole period."""


def map_page(request: Request) -> Response:
    """Show the map and a table of the same numbers."""
    desk: Desk = request.app.state.desk
    ledger, city, moment = desk.context.ledger, desk.context.city, now()
    lens: Lens = request.state.lens
    if any(request.query_params.get(name) for name in BOX):
        return _box(request, lens)
    by, show, example = _asked(request)
    slider = _slider(request, lens, moment, desk)
    if slider.at:
        lens = lens.changed(period="custom", days=slider.steps[slider.at - 1])
    filters = read.CaseFilters(open_only=True, example=True if example else None)
    of_cases: read.CaseFilters = {**case_filters(lens, desk, moment), **filters}
    shown = lens.over(BAR.period)
    points = read.case_points(ledger, **of_cases)
    people = inhabitants(city_folder(city))
    found = places(desk, by, shown, of_cases, people, moment)
    drawn = draw(city, by, lens, [(one.lon, one.lat) for one in points])
    days = timeline(desk, request.state.lens.over(BAR.period), moment)
    counts, window = LensCounts(desk.counts, shown), shown.window(moment, city.zone)
    posts = counts.count(shown.filters, since=window.since, until=window.until)
    located = sum(counts.places("district", shown.filters, since=window.since, until=window.until).values())
    return page(
        request,
        "map.html",
        lens_bar=BAR,
        wide=True,
        shown=shown,
        by=by,
        has_barrios=has_areas(city_folder(city), "barrio"),
        show=show,
        only_example=example,
        drawn=drawn,
        tiles=tiles(desk.context.settings.tile_url, drawn) if drawn else [],
        streets=streets(city, drawn) if drawn and not desk.context.settings.tile_url else None,
        surveyed=city_streets(city_folder(city)).surveyed,
        tile_attribution=desk.context.settings.tile_attribution,
        places=found,
        by_name={one.name: one for one in found},
        shades=shades(found, show),
        clusters=clusters(points, drawn, lens.shape, moment) if drawn else [],
        edges=edges(city, lens, drawn) if drawn else [],
        points=len(points),
        without_point=read.count_cases(ledger, **{**of_cases, "located": False}),  # type: ignore[arg-type]
        posts=posts,
        without_place=posts - located,
        people=people,
        inhabitants_file=str(Path(city.path.parent.name) / (city.gazetteer_folder or city.path.stem) / FILE),
        slider=slider,
        days=days,
        events=events_of(desk, request.state.lens, days[0].on, days[-1].on),
        any_example=read.any_example(ledger),
        any_replay=not example and read.any_replay(ledger),
    )


def _asked(request: Request) -> tuple[By, Show, bool]:
    given = request.query_params
    by, show = given.get("by") or "district", given.get("show") or "count"
    if by not in get_args(By) or show not in SHOWS:
        raise ConfigurationError("This address names a map that does not exist.")
    return cast(By, by), show, given.get("example") == "1"


def _box(request: Request, lens: Lens) -> Response:
    """Redirect to the map of the box that a form gives."""
    try:
        south, west, north, east = (round(float(request.query_params[name]), DECIMALS) for name in BOX)
    except (KeyError, ValueError):
        raise LensError("Give all four edges of the box in degrees.") from None
    if not (south < north and west < east):
        raise LensError("The south edge of the box must be below the north edge, and the west edge left of the east edge.")
    kept = {name: request.query_params[name] for name in ("by", "show", "example") if name in request.query_params}
    return RedirectResponse(address_under(lens, "/map", area=f"{south},{west},{north},{east}", **kept), status_code=303)


def _slider(request: Request, lens: Lens, moment: datetime, desk: Desk) -> Slider:
    """Divide the period into steps of a day, or of several days."""
    zone = desk.context.city.zone
    window = lens.over(BAR.period).window(moment, zone)
    if window.since is None:
        return Slider((), 0)
    first = window.since.astimezone(zone).date()
    last = (min(window.until or moment, moment) - timedelta(microseconds=1)).astimezone(zone).date()
    length = max(1, -(-((last - first).days + 1) // MOST_STEPS))
    steps = tuple(
        (first + timedelta(days=at), min(last, first + timedelta(days=at + length - 1))) for at in range(0, (last - first).days + 1, length)
    )
    asked = request.query_params.get("step", "0")
    at = int(asked) if asked.isdecimal() and asked.isascii() and len(asked) < 4 else 0
    return Slider(steps, min(at, len(steps)))
