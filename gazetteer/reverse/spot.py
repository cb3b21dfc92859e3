"""Describe a point in words: street near it, barrio, district."""

from collections.abc import Collection
from typing import NamedTuple

from core.records.annotation import Place
from gazetteer.entry import Entry
from gazetteer.reverse.areas import OutlinedAreas
from gazetteer.reverse.nearest import NearestStreets, distance_m

STREET_M = 100.0
"""A point is described by the nearest street within this distance, else by its barrio."""
NUMBER_M = 30.0
"""A house number is given when its address is within this distance."""
AGREE_M = 300.0
"""A place named in a text fits a point within this distance."""


class Spot(NamedTuple):
    """Describe a point of the city."""

    lat: float
    lon: float
    street: Entry | None
    """None: no street is near."""
    number: int | None
    """Of an address close to the point; None: none is known."""
    barrio: Entry | None
    district: Entry | None

    @property
    def words(self) -> str:
        """Return what an address would say: street, number and barrio."""
        number = "" if self.number is None else f" {self.number}"
        street = [] if self.street is None else [f"{self.street.name}{number}"]
        area = self.barrio or self.district
        return ", ".join([*street, *([] if area is None else [area.name])])


class SpotFinder:
    """Describe the points of one city; immutable."""

    def __init__(self, entries: Collection[Entry], areas: OutlinedAreas) -> None:
        self._areas = areas
        self._streets = NearestStreets(entries)
        self._by_key = {entry.key: entry for entry in entries if entry.kind != "old_name"}

    def at(self, lat: float, lon: float) -> Spot | None:
        """Describe a point; None: outside the city.

        Without outlines the city ends where no street is near.
        """
        near = self._streets.nearest(lat, lon, STREET_M)
        barrio, district = self._areas.at("barrio", lat, lon), self._areas.at("district", lat, lon)
        if barrio is None and district is None and (self._areas or near is None):
            return None
        street = None if near is None else near.point.street
        number = None if near is None or near.metres > NUMBER_M else near.point.number
        return Spot(lat, lon, street, number, barrio, district)

    def fits(self, place: Place, lat: float, lon: float) -> bool | None:
        """Tell whether a place of a text is near a point.

        None: the gazetteer does not know where the place is, or it is an area.
        """
        entry = self._by_key.get(place.key or "")
        if entry is None or entry.kind in ("district", "barrio"):
            return None
        metres = [distance_m(lat, lon, one.lat, one.lon) for one in (place, entry) if one.lat is not None and one.lon is not None]
        to_street = self._streets.metres_to(entry.key, lat, lon)
        metres += [] if to_street is None else [to_street]
        return min(metres) <= AGREE_M if metres else None


def stated_place(text: str, spot: Spot, agreeing: Place | None) -> Place:
    """Return the place of a report that gives its own point.

    It has the point's coordinates, barrio and district. Its name is the one that the text gives, where that fits, else that of the nearest
    street.

    Args:
        text: of the report.
        spot: the point.
        agreeing: a place of the text that is near the point.
    """
    where: dict[str, object] = {
        "lat": spot.lat,
        "lon": spot.lon,
        "sure": 1.0,
        "ambiguous": 0,
        **({"barrio": spot.barrio.name} if spot.barrio is not None else {}),
        **({"district": spot.district.name} if spot.district is not None else {}),
    }
    if agreeing is not None:
        return agreeing.model_copy(update=where)
    named = spot.street or spot.barrio or spot.district
    if named is None:
        return Place.model_validate({"text": "", "key": f"point:{spot.lat:.3f},{spot.lon:.3f}", **where})
    written = named.name if named.name in text else ""
    of_name = {"text": written, "kind": named.kind, "key": named.key, "name": named.name, "street": named.street}
    return Place.model_validate({**of_name, **where})
