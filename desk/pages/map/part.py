"""Send the streets of the part of a map that is enlarged."""

import math

from starlette.requests import Request
from starlette.responses import Response

from core.config.word_lists import city_folder
from core.errors import ConfigurationError
from desk.rendering import render
from desk.state import Desk
from gazetteer.city_map import WIDTH, framed
from gazetteer.lines import MapPart, streets_on

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
