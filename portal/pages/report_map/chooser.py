"""Say what form and report show of the place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.config.city import City
from gazetteer import gazetteer_of
from gazetteer.entry import Entry
from portal.pages.report_map.drawing import SIZES
from portal.pages.report_map.step import MapState, area_named, disagrees, spot_of
from portal.pages.report_map.view import CITY, View, has_map, view_named


@dataclass(frozen=True)
class Chooser:
    """Hold what the form shows of place and map."""

    areas: Sequence[tuple[Entry, Sequence[Entry]]]
    """Each district with its barrios; empty: the city has none."""
    view: View | None
    """None: there is no map."""
    point: str
    """As the form holds it; empty: none is chosen."""
    mark: tuple[float, float] | None
    """Where the point is, in percent from the left and from above; None: not on this map."""
    here: tuple[float, float] | None
    """The same of the typed address, when it was looked for."""
    words: str
    """The point in words."""
    elsewhere: str
    """Name of the place of the typed address, where that is not at the point."""
    news: str
    found: str
    sizes: Mapping[str, int]

    @property
    def is_city(self) -> bool:
        """Tell whether the map shows the whole city."""
        return self.view is not None and self.view.name == CITY


def chooser(city: City, values: Mapping[str, str], state: MapState) -> Chooser:
    """Return what the form shows of place and map."""
    view = view_named(city, state.view) if has_map(city) else None
    spot = spot_of(city, state)
    other = disagrees(city, values["place"], state)
    return Chooser(
        areas=_areas(city),
        view=view,
        point="" if state.point is None else f"{state.point[0]:.5f},{state.point[1]:.5f}",
        mark=None if view is None or state.point is None else _percent(view, state.point),
        here=None if view is None or state.found_at is None else _percent(view, state.found_at),
        words="" if spot is None else spot.words,
        elsewhere="" if other is None else other.name or other.text,
        news=state.news,
        found=state.found,
        sizes=SIZES,
    )


def place_words(city: City, values: Mapping[str, str], state: MapState) -> str:
    """Return the words for the place, as the report has them.

    The typed address goes first, also where a point is chosen: the point decides, the address is what the citizen said.
    """
    area, spot, address = area_named(city, values["area"]), spot_of(city, state), values["place"]
    if not address:
        return spot.words if spot is not None else "" if area is None else area.name
    if area is None or spot is not None or area.name.casefold() in address.casefold():
        return address
    return f"{address}, {area.name}"


def _areas(city: City) -> list[tuple[Entry, list[Entry]]]:
    places = gazetteer_of(city)
    barrios = places.areas("barrio")
    return [
        (one, sorted((each for each in barrios if one.name in each.districts), key=lambda each: each.name))
        for one in places.areas("district")
    ]


def _percent(view: View, point: tuple[float, float]) -> tuple[float, float] | None:
    x, y = view.place(*point)
    return (round(100 * x, 2), round(100 * y, 2)) if 0 <= x <= 1 and 0 <= y <= 1 else None
