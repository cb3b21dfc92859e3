"""Choose the names of a map, and where they have room."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from core.config.city import City
from gazetteer import gazetteer_of
from gazetteer.loading.outlines import Ring
from gazetteer.reverse.areas import holds
from gazetteer.reverse.nearest import points_of
from portal.pages.report_map.view import View

LETTER = 0.56
"""Mean width of a letter, as a share of its height."""
BOLD = 1.12
"""How much wider the names of areas and stations are, which are bold."""
GAP_PX = 3.0
MOVES_PX = (-10.0, 10.0, -20.0, 20.0)
"""Where the name of an area may go, if others have taken its middle."""
LEAST_PX2 = 400.0
"""Square pixels of an area at the edge that are too few for its name."""
_SHORTER = (
    (re.compile(r"^Calle (?:de (?:la |las |los )?|del )?"), "C. "),
    (re.compile(r"^Avenida "), "Av. "),
    (re.compile(r"^Paseo "), "P.º "),
    (re.compile(r"^Plaza (?:de (?:la |las |los )?|del )?"), "Pl. "),
)

Place = Callable[[float, float], tuple[float, float]]
Box = tuple[float, float, float, float]
"""Left, right, top and bottom."""


class WantedName(NamedTuple):
    """Hold a name to be written, in pixels of the map."""

    text: str
    x: float
    y: float
    kind: str
    centred: bool = False
    """Over its point, not beside it: the name of an area."""
    room: tuple[float, ...] = ()
    """Pixels by which the name of an area may be moved up (less than 0) or down and stay in it."""


class Written(NamedTuple):
    """Hold a name with the place where it is written."""

    wanted: WantedName
    x: float
    y: float
    """Of its base line."""
    anchor: str
    """`start`, `middle` or `end`."""
    box: Box
    """What it covers."""


def with_room(names: Iterable[WantedName], width: float, height: float, letter: float, taken: Iterable[Box] = ()) -> list[Written]:
    """Return names that cover no other one, the most important first.

    Args:
        names: in the order of their importance.
        width: of the map in pixels.
        height: of the map in pixels.
        letter: height of the letters in pixels.
        taken: what else must not be covered.
    """
    taken = list(taken)
    found = []
    for wanted in names:
        for one in _positions(wanted, letter):
            box = one.box
            inside = box[0] >= 0 and box[1] <= width and box[2] >= 0 and box[3] <= height
            if inside and not any(_overlap(box, other) for other in taken):
                taken.append(box)
                found.append(one)
                break
    return found


def _positions(wanted: WantedName, letter: float) -> Iterator[Written]:
    wide = len(wanted.text) * letter * LETTER * (BOLD if wanted.kind in ("area", "station") else 1.0)
    high, apart = letter, GAP_PX + 2
    beside = [(apart, letter / 3, "start"), (-apart, letter / 3, "end"), (0.0, -apart, "middle"), (0.0, apart + high * 0.8, "middle")]
    centred = [(0.0, letter / 3 + moved, "middle") for moved in (0.0, *wanted.room)]
    options = centred if wanted.centred else beside
    for right, down, anchor in options:
        x, y = wanted.x + right, wanted.y + down
        left = {"start": x, "middle": x - wide / 2, "end": x - wide}[anchor]
        dot = () if wanted.centred else (wanted.x - GAP_PX, wanted.x + GAP_PX)
        box = (min(left, *dot, left) - GAP_PX / 2, max(left + wide, *dot, left + wide) + GAP_PX / 2, y - high, y + high * 0.3)
        yield Written(wanted, x, y, anchor, box)


def _overlap(one: Box, other: Box) -> bool:
    return one[0] < other[1] and other[0] < one[1] and one[2] < other[3] and other[2] < one[3]


def names_of_areas(areas: Iterable[tuple[str, Iterable[Ring]]], place: Place, width: float, height: float) -> list[WantedName]:
    """Return the names of areas, each in its visible middle.

    The largest first.

    Args:
        areas: name and rings of each.
        place: returns the pixels, right and down, of a latitude and longitude.
        width: of the map in pixels.
        height: of the map in pixels.
    """
    found = []
    for name, rings in areas:
        placed = ([place(lat, lon) for lon, lat in ring] for ring in rings)
        seen = max((_seen(ring, width, height) for ring in placed), key=_area, default=[])
        if _area(seen) >= LEAST_PX2:
            x, y = _middle(seen)
            room = tuple(moved for moved in MOVES_PX if holds([seen], y + moved, x))
            found.append((-_area(seen), WantedName(name, x, y, "area", centred=True, room=room)))
    return [wanted for _, wanted in sorted(found)]


def names_of_places(city: City, view: View, size: int, kinds: Sequence[str]) -> list[WantedName]:
    """Return the places of these kinds in a view, kind by kind."""
    found = []
    for entry in gazetteer_of(city).entries:
        if entry.kind in kinds:
            for lat, lon in points_of(entry):
                x, y = view.place(lat, lon)
                if 0 <= x <= 1 and 0 <= y <= 1:
                    wanted = WantedName(shorter(entry.name), round(x * size, 1), round(y * size, 1), entry.kind)
                    found.append((kinds.index(entry.kind), -entry.weight, wanted))
    return [wanted for _, _, wanted in sorted(found)]


def shorter(name: str) -> str:
    """Shorten the type word of a street, as on a printed map.

    >>> shorter("Calle de la Palma"), shorter("Plaza Mayor")
    ('C. Palma', 'Pl. Mayor')
    """
    for long, short in _SHORTER:
        name = long.sub(short, name)
    return name


def _seen(ring: Ring, width: float, height: float) -> Ring:
    """Return the part of a ring that is within the map."""
    for axis, size in enumerate((width, height)):
        for edge, sign in ((0.0, 1.0), (size, -1.0)):
            ring = list(_clipped(ring, axis, edge, sign))
    return ring


def _clipped(ring: Ring, axis: int, edge: float, sign: float) -> Iterator[tuple[float, float]]:
    """Yield a ring without what is beyond an edge (Sutherland and Hodgman)."""
    for at, one in enumerate(ring):
        before = ring[at - 1]
        is_inside, was_inside = (sign * (each[axis] - edge) >= 0 for each in (one, before))
        if is_inside != was_inside:
            share = (edge - before[axis]) / (one[axis] - before[axis])
            x, y = (start + share * (end - start) for start, end in zip(before, one, strict=True))
            yield x, y
        if is_inside:
            yield one


def _area(ring: Ring) -> float:
    pairs = zip(ring, [*ring[1:], *ring[:1]], strict=True)
    return abs(sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in pairs)) / 2


def _middle(ring: Ring) -> tuple[float, float]:
    """Return the centre of mass; of a line, its middle."""
    pairs = [(one, other, one[0] * other[1] - other[0] * one[1]) for one, other in zip(ring, [*ring[1:], ring[0]], strict=True)]
    total = 3 * sum(cross for *_, cross in pairs)
    if not total:
        return sum(x for x, _ in ring) / len(ring), sum(y for _, y in ring) / len(ring)
    lon = sum((one[0] + other[0]) * cross for one, other, cross in pairs) / total
    lat = sum((one[1] + other[1]) * cross for one, other, cross in pairs) / total
    return lon, lat
