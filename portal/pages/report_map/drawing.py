"""Draw a map: outlines, streets, names, and nothing of any report.

It is an image button, which takes no style of the page: colours and sizes are attributes, and it is drawn for one size in pixels, so that
its letters can be read on every screen.
"""

from collections.abc import Iterator, Mapping, Sequence
from html import escape

from core.config.city import City
from core.config.word_lists import city_folder
from core.runtime.one_filler import one_filler
from gazetteer.loading.outlines import By, Ring, outlines
from portal.pages.report_map.names import WantedName, Written, names_of_areas, names_of_places, with_room
from portal.pages.report_map.streets import boxes, lines, names, streets_of
from portal.pages.report_map.view import CITY, View, view_named

SIZES: Mapping[str, int] = {"s": 272, "m": 336, "l": 560}
"""Width and height in pixels of the screen: `.pick` of portal.css shows one of them."""
PAPER, LAND, LINE, INK, SOFT, MARK = "#e3e9ee", "#ffffff", "#6b7a88", "#1a2530", "#4c5a67", "#0b4f6c"
LETTER = 11
"""Height of the letters in pixels."""
SQUARES_PER_PX = 25
"""Pixels of width for each of the best-known squares, which have room before the streets; the others have it after them."""
KEPT = 256
"""Pictures kept in memory; each has about 20 kB."""


def picture(city: City, name: str, size: str) -> bytes | None:
    """Return a view as SVG; None: no such view or size."""
    view = view_named(city, name) if size in SIZES else None
    return None if view is None else _drawn(_Held(city), view, SIZES[size])


class _Held:
    """Hold a profile, equal for the same folder of places."""

    def __init__(self, city: City) -> None:
        self.city, self._key = city, (city_folder(city), city.name)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Held) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)


@one_filler(maxsize=KEPT)
def _drawn(held: _Held, view: View, size: int) -> bytes:
    city = held.city
    districts = outlines(city_folder(city), "district")
    barrios = {} if view.name == CITY else outlines(city_folder(city), "barrio")
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}" width="{size}" height="{size}" '
        f'font-family="system-ui, sans-serif"><rect width="{size}" height="{size}" fill="{PAPER}"/>'
    ]
    parts += _areas(districts, view, size, LAND if view.district is None else PAPER, 1.0)
    if view.district is not None:
        parts += _areas({view.district: districts[view.district]}, view, size, LAND, 2.0)
    parts += _areas(barrios, view, size, "none", 0.7)
    first, last = _wanted_names(city, view, size)
    written = with_room(first, size, size, LETTER)
    if view.name != CITY:
        streets = streets_of(city_folder(city), view, size, LETTER, written)
        parts += [*lines(streets, size), *names(streets, size, LETTER, INK, LAND)]
        covered = [*(one.box for one in written), *boxes(streets, size, LETTER)]
        written += with_room(last, size, size, LETTER, covered)
    parts += [_dot(one) for one in written if not one.wanted.centred]
    parts += [_name(one) for one in written]
    return ("".join(parts) + "</svg>").encode()


def _wanted_names(city: City, view: View, size: int) -> tuple[list[WantedName], list[WantedName]]:
    """Return the names that have room before those of streets, and after.

    The most important first.
    """
    by: By = "district" if view.name == CITY else "barrio"

    def place(lat: float, lon: float) -> tuple[float, float]:
        right, down = view.place(lat, lon)
        return right * size, down * size

    areas = names_of_areas(outlines(city_folder(city), by).items(), place, size, size)
    if view.name == CITY:
        return areas, []
    if view.is_near:
        squares = names_of_places(city, view, size, ("square",))
        first = [*names_of_places(city, view, size, ("station",)), *squares[: size // SQUARES_PER_PX]]
        return first, [*squares[size // SQUARES_PER_PX :], *names_of_places(city, view, size, ("landmark",)), *areas]
    return [*areas, *names_of_places(city, view, size, ("station",))], []


def _areas(areas: Mapping[str, Sequence[Ring]], view: View, size: int, fill: str, stroke: float) -> Iterator[str]:
    """Yield the outlines that are within the view."""
    for rings in areas.values():
        drawn = "".join(_path(ring, view, size) for ring in rings)
        if drawn:
            yield f'<path d="{drawn}" fill="{fill}" fill-rule="evenodd" stroke="{LINE}" stroke-width="{stroke}"/>'


def _path(ring: Ring, view: View, size: int) -> str:
    """Return the path of a ring, without corners that share a pixel.

    Empty: it lies outside of the view.
    """
    corners = [(x * size, y * size) for x, y in (view.place(lat, lon) for lon, lat in ring)]
    if not corners or not all(min(some) < size and max(some) > 0 for some in zip(*corners, strict=True)):
        return ""
    return f"M{'L'.join(f'{x},{y}' for x, y in dict.fromkeys((round(x), round(y)) for x, y in corners))}Z"


def _dot(one: Written) -> str:
    fill = MARK if one.wanted.kind == "station" else SOFT
    return f'<circle cx="{one.wanted.x}" cy="{one.wanted.y}" r="{3 if one.wanted.kind == "station" else 2}" fill="{fill}"/>'


def _name(one: Written) -> str:
    ink = {"area": SOFT, "station": MARK}.get(one.wanted.kind, INK)
    weight = ' font-weight="700"' if one.wanted.kind in ("area", "station") else ""
    return (
        f'<text x="{one.x:.1f}" y="{one.y:.1f}" text-anchor="{one.anchor}" font-size="{LETTER}"{weight} fill="{ink}" '
        f'stroke="{LAND}" stroke-width="3" paint-order="stroke">{escape(one.wanted.text)}</text>'
    )
