"""Draw the streets of a view with their names along them."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from html import escape
from pathlib import Path

from core.runtime.one_filler import one_filler
from gazetteer.city_map import WIDTH, CityMap
from gazetteer.lines import DrawnStreets, StreetLine, StreetName, city_streets, draw_streets
from portal.pages.report_map.names import LETTER as LETTER_WIDTH, Box, Written, shorter
from portal.pages.report_map.view import View

STROKES = {1: 2.2, 2: 1.4, 3: 0.8}
"""Width of the line of a street in pixels, by its rank."""
ROAD = "#a9b4be"


def streets_of(folder: Path | None, view: View, size: int, letter: float, written: Sequence[Written]) -> DrawnStreets:
    """Return the streets of a view, in the units of `draw_streets`.

    Args:
        folder: of the city's places.
        view: what the map shows.
        size: of the map in pixels.
        letter: height of the names in pixels.
        written: names that are there already; theirs avoid them.
    """
    scale, there = WIDTH / size, {one.wanted.text for one in written}
    taken = [((x * scale, y * scale), radius * scale) for one in written for x, y, radius in _circles(one.box)]
    south, west = view.point(0, 1)
    north, east = view.point(1, 0)

    def place(lon: float, lat: float) -> tuple[float, float]:
        right, down = view.place(lat, lon)
        return round(right * WIDTH, 1), round(down * WIDTH, 1)

    drawn = CityMap(WIDTH, [], place, (west, east, south, north))
    streets = [one if one.name not in there else replace(one, name="") for one in _shortened(folder)]
    return draw_streets(streets, drawn, font=letter * scale, taken=taken)


def _circles(box: Box) -> Iterator[tuple[float, float, float]]:
    """Yield circles that cover a box: middle and radius."""
    left, right, top, bottom = box
    radius = (bottom - top) / 2
    steps = max(1, math.ceil((right - left) / (2 * radius)))
    for step in range(steps):
        yield left + (right - left) * (step + 0.5) / steps, (top + bottom) / 2, radius


@one_filler(maxsize=4)
def _shortened(folder: Path | None) -> Sequence[StreetLine]:
    return [replace(one, name=shorter(one.name)) for one in city_streets(folder).streets]


def lines(found: DrawnStreets, size: int) -> Iterator[str]:
    """Yield the lines of streets, the lesser ones first."""
    scale = size / WIDTH
    for rank, path in found.paths:
        yield (
            f'<path transform="scale({scale:g})" d="{path}" fill="none" stroke="{ROAD}" stroke-width="{STROKES[rank] / scale:.1f}" '
            'stroke-linejoin="round" stroke-linecap="round"/>'
        )


def names(found: DrawnStreets, size: int, letter: float, ink: str, halo: str) -> Iterator[str]:
    """Yield the names of streets, each along its street."""
    for one in found.labels:
        x, y = (at * size / WIDTH for at in (one.x, one.y))
        yield (
            f'<text transform="translate({x:.1f} {y:.1f}) rotate({one.angle:g})" y="{letter / 3:.1f}" text-anchor="middle" '
            f'font-size="{letter:g}" fill="{ink}" stroke="{halo}" stroke-width="3" paint-order="stroke">{escape(one.text)}</text>'
        )


def boxes(found: DrawnStreets, size: int, letter: float) -> Iterator[Box]:
    """Yield what the names of streets cover, in pixels."""
    for one in found.labels:
        yield from _boxes(one, size, letter)


def _boxes(one: StreetName, size: int, letter: float) -> Iterator[Box]:
    half = len(one.text) * letter * LETTER_WIDTH / 2
    steps = max(1, math.ceil(half / letter))
    for step in range(-steps, steps + 1):
        off = half * step / steps
        x = one.x * size / WIDTH + off * math.cos(math.radians(one.angle))
        y = one.y * size / WIDTH + off * math.sin(math.radians(one.angle))
        yield x - letter / 2, x + letter / 2, y - letter / 2, y + letter / 2
