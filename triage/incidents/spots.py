"""Decide where on the map the place of a case is.

A long street and a square in several barrios have no coordinates of their own. What the posts of an incident say together locates them.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import cast

from core.records.annotation import Place
from triage.incident_matching.post_features import AREAS, PostFeatures
from triage.location import metres

SHORT_M = 500
"""Largest distance between the points of a street's stretches at which one of them is close enough for the whole street."""


def on_the_map(place: Place, members: Iterable[PostFeatures]) -> Place:
    """Return the place with the best coordinates that its posts give.

    In this order: its own; those of a house number that a post names; the middle of a square or short street; those of another place in
    the same district that a post names beside it (`calle de Atocha, junto al metro Antón Martín`). Without any, the place as it is.
    """
    if place.lat is not None:
        return place
    naming = [one for one in members if place.key in one.keys]
    numbered = [spot for one in naming for spot in one.located if spot.key == place.key]
    middle = _middle(place, [spot for one in naming for spot in one.stretches if spot.key == place.key])
    beside = [spot for one in naming for spot in one.located if place.district in (None, spot.district)]
    found = _surest(numbered) or middle or _surest(beside)
    if found is None:
        return place
    area = {"district": found.district, "barrio": found.barrio}
    return place.model_copy(update={**({} if found is middle else area), "lat": found.lat, "lon": found.lon})


def _surest(spots: Sequence[Place]) -> Place | None:
    """Return the spot that the posts are surest of together."""
    votes: dict[tuple[float, float], float] = defaultdict(float)
    for spot in spots:
        votes[_point(spot)] += spot.sure
    return min(spots, key=lambda spot: (-votes[_point(spot)], _point(spot)), default=None)


def _middle(place: Place, spots: Sequence[Place]) -> Place | None:
    """Return the stretch in the middle of a square or short street."""
    by_point = {_point(spot): spot for spot in spots}
    farthest = {point: max(metres(point, other) for other in by_point) for point in by_point}
    if place.kind in AREAS or not farthest:
        return None
    if place.kind != "square" and (len(farthest) == 1 or max(farthest.values()) > SHORT_M):
        return None
    return by_point[min(farthest, key=lambda point: (farthest[point], point))]


def _point(spot: Place) -> tuple[float, float]:
    return cast(float, spot.lat), cast(float, spot.lon)  # only places with coordinates come here
