"""Take one step on the map: a click, or a button.

A step stores nothing and keeps every field: the answer is the same form, with another map or another point.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from core.config.city import City
from core.records.annotation import Place
from gazetteer import gazetteer_of
from gazetteer.entry import Entry
from gazetteer.reverse.spot import Spot
from portal.pages.report_form import LIMITS
from portal.pages.report_map.drawing import SIZES
from portal.pages.report_map.view import CITY, View, district_view, has_map, near_view, view_named

POINT_DECIMALS = 5
MOST_LAT, MOST_LON = 90, 180
SURE = 0.7
"""Probability from which a place of the address is shown, or compared with the point."""
EDGE = 0.12
"""A point nearer than this share to the edge moves the view of streets."""
CLICKS = tuple(f"at_{size}.{axis}" for size in SIZES for axis in "xy")
FIELDS = ("view", "point", "step", *CLICKS)
"""Fields of the form that belong to the map."""


@dataclass(frozen=True)
class MapState:
    """Hold what the form says about the map."""

    view: str = CITY
    point: tuple[float, float] | None = None
    fault: str = ""
    """A code: `outside` of the city, `missed` the picture, `keys`, `lost` its point."""
    news: str = ""
    """What a step found, as a code: `found`, `area`, `unknown`; empty: nothing to say."""
    found: str = ""
    """Name of the place that was found."""
    found_at: tuple[float, float] | None = None
    """Its latitude and longitude; None: it has no point."""


def is_step(given: Mapping[str, str]) -> bool:
    """Tell whether a form was sent by a step on the map."""
    return bool(given.get("step")) or any(given.get(name, "") != "" for name in CLICKS)


def read_state(city: City, given: Mapping[str, str]) -> MapState:
    """Read view and point of a form; drop what is not valid."""
    text = given.get("point", "")
    point = _point(text)
    if point is not None and gazetteer_of(city).at(*point) is None:
        point = None
    name = given.get("view", "")
    view = name if view_named(city, name) is not None else CITY
    return MapState(view, point, "lost" if text and point is None else "")


def take_step(city: City, given: Mapping[str, str], state: MapState) -> MapState:
    """Return the map after this step.

    Args:
        city: with outlines; without them nothing changes.
        given: the fields of the form.
        state: before the step.
    """
    if not has_map(city):
        return MapState()
    match given.get("step", ""):
        case "clear":
            return replace(state, point=None, fault="")
        case "city":
            return replace(state, view=CITY)
        case "district":
            view = None if state.point is None else district_view(city, *state.point)
            return replace(state, view=CITY if view is None else view.name)
        case "show":
            return _shown(city, given, state)
    return _clicked(city, given, state)


def spot_of(city: City, state: MapState) -> Spot | None:
    """Describe the chosen point; None: none is chosen."""
    return None if state.point is None else gazetteer_of(city).at(*state.point)


def disagrees(city: City, address: str, state: MapState) -> Place | None:
    """Return the place of a typed address that is elsewhere."""
    if state.point is None:
        return None
    places = gazetteer_of(city)
    found = [one.place for one in places.find(address[: LIMITS["place"]]) if one.place.sure * one.chance >= SURE]
    fits = [places.fits(place, *state.point) for place in found]
    return next((place for place, fit in zip(found, fits, strict=True) if fit is False), None) if True not in fits else None


def _clicked(city: City, given: Mapping[str, str], state: MapState) -> MapState:
    where = _click(given)
    view = view_named(city, state.view)
    if where is None or view is None:
        return replace(state, fault="missed")
    if where == (0.0, 0.0):  # what browsers send for the Enter key
        return replace(state, fault="keys")
    lat, lon = (round(one, POINT_DECIMALS) for one in view.point(*where))
    if gazetteer_of(city).at(lat, lon) is None:
        return replace(state, fault="outside")
    if view.name == CITY:
        district = district_view(city, lat, lon)
        return replace(state, view=near_view(lat, lon).name if district is None else district.name, fault="")
    return replace(state, view=_around(city, view, where, lat, lon), point=(lat, lon), fault="")


def _around(city: City, view: View, where: tuple[float, float], lat: float, lon: float) -> str:
    """Return the view of streets for a point: if possible the same."""
    if view.is_near and all(EDGE < one < 1 - EDGE for one in where):
        return view.name
    wanted = near_view(lat, lon).name
    return wanted if view_named(city, wanted) is not None else view.name


def _click(given: Mapping[str, str]) -> tuple[float, float] | None:
    """Return where the map was clicked, from 0 to 1; None: outside."""
    for size, pixels in SIZES.items():
        texts = [given.get(f"at_{size}.{axis}", "") for axis in "xy"]
        if any(texts):
            if not all(one.isascii() and one.isdecimal() and len(one) < 5 and int(one) <= pixels for one in texts):
                return None
            x, y = (int(one) / pixels for one in texts)
            return x, y
    return None


def _shown(city: City, given: Mapping[str, str], state: MapState) -> MapState:
    """Show the typed address, or the chosen area, on the map."""
    places, address, area = (gazetteer_of(city), given.get("place", "")[: LIMITS["place"]].strip(), area_named(city, given.get("area", "")))
    hints = () if area is None else area.districts
    found = place_named(city, address, hints)
    if found is not None and found.lat is not None and found.lon is not None:
        near = near_view(found.lat, found.lon).name
        if view_named(city, near) is not None:
            return replace(state, view=near, news="found", found=found.name or "", found_at=(found.lat, found.lon))
    district = next(iter(hints), None) or (None if found is None else found.district)
    view = next((one for one in places.areas("district") if one.name == district), None)
    news = "area" if found is not None else "unknown" if address else ""
    return replace(
        state, view=CITY if view is None else view.key.replace(":", "_"), news=news, found="" if found is None else found.name or ""
    )


def place_named(city: City, address: str, districts: Sequence[str] = ()) -> Place | None:
    """Return the place of a typed address; None: none is sure enough.

    It is looked for in these districts first.
    """
    found = gazetteer_of(city).find(address[: LIMITS["place"]], districts)
    likely = (one.place for one in found if one.place.sure * one.chance >= SURE)
    return max(likely, key=lambda one: one.sure, default=None)


def area_named(city: City, key: str) -> Entry | None:
    """Return the district or barrio with this key; None: there is none."""
    places = gazetteer_of(city)
    return next((one for one in (*places.areas("district"), *places.areas("barrio")) if one.key == key), None)


def _point(text: str) -> tuple[float, float] | None:
    """Read `latitude,longitude`."""
    try:
        lat, lon = (float(one) for one in text.split(","))
    except ValueError:
        return None
    if not (abs(lat) <= MOST_LAT and abs(lon) <= MOST_LON):  # NaN is in no range
        return None
    return round(lat, POINT_DECIMALS), round(lon, POINT_DECIMALS)
