"""Draw cases on the outlines of the city."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from core.config.city import City
from core.config.word_lists import city_folder
from core.records.read_models import CaseRecord
from desk.state import Desk
from gazetteer.city_map import CityMap, draw_city
from gazetteer.lines import DrawnStreets, streets_on
from gazetteer.reverse.nearest import METRES_PER_DEGREE, distance_m
from ledger import read

MIN_RADIUS, MAX_RADIUS = 9.0, 28.0
"""Radius of a case with one post, and the largest radius."""
NEAR_M = 400.0
"""How far a neighbour lies away at most, in metres."""
MOST_NEAR, MOST_IN_BOX = 8, 200


@dataclass(frozen=True)
class Dot:
    """Describe one case on a drawing."""

    case: CaseRecord
    x: float
    y: float
    radius: float


@dataclass(frozen=True)
class Sketch:
    """Describe cases on the city's outlines, in units of their SVG."""

    map: CityMap
    streets: DrawnStreets
    dots: Sequence[Dot]


@dataclass(frozen=True)
class Neighbour:
    """Hold an open case near another one."""

    case: CaseRecord
    metres: float


def sketch(city: City, cases: Sequence[CaseRecord]) -> Sketch | None:
    """Draw the cases that have a point; None: there is none."""
    points = [(one.lon, one.lat) for one in cases if one.lon is not None and one.lat is not None]
    drawn = draw_city(city, points) if points else None
    if drawn is None:
        return None
    dots = [
        Dot(one, *drawn.place(one.lon, one.lat), min(MAX_RADIUS, MIN_RADIUS * math.sqrt(max(1, one.posts))))
        for one in cases
        if one.lon is not None and one.lat is not None
    ]
    dots.sort(key=lambda dot: -dot.radius)  # so that a large dot does not hide a small one
    return Sketch(drawn, streets_on(city_folder(city), drawn), dots)


def neighbours(desk: Desk, case: CaseRecord) -> list[Neighbour]:
    """Return the open cases near a case, the nearest first."""
    if case.lat is None or case.lon is None:
        return []
    north = NEAR_M / METRES_PER_DEGREE
    east = north / max(0.01, math.cos(math.radians(case.lat)))
    box = (case.lat - north, case.lat + north, case.lon - east, case.lon + east)
    found = [
        Neighbour(one, distance_m(case.lat, case.lon, one.lat, one.lon))
        for one in read.open_cases_in(desk.context.ledger, box, MOST_IN_BOX)
        if one.case_key != case.case_key and one.lat is not None and one.lon is not None
    ]
    near = [one for one in found if one.metres <= NEAR_M]
    return sorted(near, key=lambda one: (one.metres, one.case.case_key))[:MOST_NEAR]
