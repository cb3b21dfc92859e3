"""Draw the streets of a city's map, the important ones first.

As many as there is room for.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from core.runtime.one_filler import one_filler
from gazetteer.city_map import WIDTH, CityMap, Frame, framed
from gazetteer.lines.line import LOCAL, MAIN, THROUGH, StreetLine
from gazetteer.lines.loading import city_streets
from gazetteer.reverse.nearest import distance_m

XY = tuple[float, float]
Circle = tuple[XY, float]
"""Middle and radius."""
MOST_VERTICES = 4_000
"""Of all drawn streets together: about 45 KB of SVG."""
SHORTEST, STEP = 9.0, 1.5
"""A street shorter than this is not drawn, and a vertex nearer than this to the one before, in units of the map."""
MOST_LABELS = 36
FONT, TALL = 23.0, 1300.0
"""Height of a name in units of the map, and the height of a map from which it grows: a page shows a taller one smaller."""
LETTER = 0.52
"""Width of a letter as a share of its height."""
BEND = 0.35
"""How far a street may bend away from its name, in heights of a letter."""
EDGE = 6.0
"""Room between a name and the edge of the map."""
NAMES_M, LOCAL_M = 4_500.0, 12_000.0
"""A part wider than this has no names of streets without a course; a wider one than that no small streets."""


@dataclass(frozen=True)
class StreetName:
    """Describe the name of a street on a map."""

    text: str
    x: float
    y: float
    angle: float
    """Degrees, clockwise; the name reads from left to right."""


@dataclass(frozen=True)
class DrawnStreets:
    """Hold the streets of one map in units of its SVG."""

    paths: Sequence[tuple[int, str]]
    """Rank and SVG path of all streets of this rank, the lesser ranks first."""
    labels: Sequence[StreetName]
    font: float
    """Height of the names."""


@dataclass(frozen=True)
class MapPart:
    """Hold a part of a map in units of its SVG."""

    x: float
    y: float
    width: float
    height: float

    @property
    def scale(self) -> float:
        """Return the size of this part as a share of the map."""
        return self.width / WIDTH

    def holds(self, points: Sequence[XY]) -> bool:
        """Tell whether the box around these points touches the part."""
        xs, ys = [x for x, _ in points], [y for _, y in points]
        across = min(xs) <= self.x + self.width and max(xs) >= self.x
        return across and min(ys) <= self.y + self.height and max(ys) >= self.y


def streets_on(folder: Path | None, drawn: CityMap, view: MapPart | None = None) -> DrawnStreets:
    """Draw a city's streets on its map, or on an enlarged part.

    Args:
        folder: of the city's gazetteer; None: there are none.
        drawn: the map.
        view: the visible part; None: all of it.
    """
    return _drawn(folder, drawn.frame, view)


@one_filler(maxsize=64)
def _drawn(folder: Path | None, frame: Frame, view: MapPart | None) -> DrawnStreets:
    return draw_streets(city_streets(folder).streets, framed(frame), view)


def draw_streets(
    streets: Sequence[StreetLine],
    drawn: CityMap,
    view: MapPart | None = None,
    *,
    vertices: int = MOST_VERTICES,
    font: float | None = None,
    taken: Sequence[Circle] = (),
) -> DrawnStreets:
    """Draw streets, the most important first, up to a number of vertices.

    `font`: height of the names; None: as fits a page of the desk. `taken`: where other names are, which they do not cover.
    """
    part = view or MapPart(0, 0, WIDTH, drawn.height)
    paths: dict[int, list[str]] = {LOCAL: [], THROUGH: [], MAIN: []}
    font = font or FONT * part.scale * max(1.0, drawn.height / TALL)
    labels, across = _Labels(part, font, taken), _across_m(drawn) * part.scale
    for street in streets:
        if street.rank == LOCAL and across > LOCAL_M:
            break
        shown = [run for course in street.courses for run in _runs(course, drawn.place, part)]
        if vertices > 0 and _length(shown) >= SHORTEST * part.scale:
            vertices -= sum(len(run) for run in shown)
            paths[street.rank] += [_path(run) for run in shown]
            labels.along(street.name, shown)
        elif street.at and across <= NAMES_M:
            labels.at(street.name, drawn.place(*street.at))
    return DrawnStreets([(rank, "".join(of)) for rank, of in paths.items() if of], labels.placed, font)


def _across_m(drawn: CityMap) -> float:
    """Return the width of a map in metres."""
    west, east, south, north = drawn.frame
    return distance_m((south + north) / 2, west, (south + north) / 2, east)


def _runs(course: Sequence[XY], place: Callable[[float, float], XY], part: MapPart) -> Iterator[list[XY]]:
    """Yield the pieces of a course that touch the part, without detail."""
    points = [place(lon, lat) for lon, lat in course]
    if not part.holds(points):
        return
    run: list[XY] = []
    for one, other in pairwise(points):
        if not part.holds((one, other)):
            if run:
                yield run
            run = []
        elif not run:
            run = [one, other]
        elif math.dist(run[-1], other) >= STEP * part.scale or other == points[-1]:
            run.append(other)
    if run:
        yield run


def _length(runs: Sequence[Sequence[XY]]) -> float:
    return sum(math.dist(one, other) for run in runs for one, other in pairwise(run))


def _path(run: Sequence[XY]) -> str:
    return "M" + "L".join(f"{x:g},{y:g}" for x, y in run)


def _straight(run: Sequence[XY], tolerance: float) -> Iterator[tuple[XY, XY]]:
    """Yield the straight stretches of a course."""
    start = 0
    for end in range(2, len(run) + 1):
        if end == len(run) or any(_off(run[at], run[start], run[end]) > tolerance for at in range(start + 1, end)):
            yield run[start], run[end - 1]
            start = end - 1


def _off(point: XY, start: XY, end: XY) -> float:
    """Return the distance of a point from the line through two others."""
    across, down = end[0] - start[0], end[1] - start[1]
    length = math.hypot(across, down)
    return abs((point[0] - start[0]) * down - (point[1] - start[1]) * across) / length if length else math.inf


class _Labels:
    """Place names where they meet no other name."""

    def __init__(self, part: MapPart, font: float, taken: Sequence[Circle]) -> None:
        self.part, self.font, self.placed = part, font, list[StreetName]()
        self.taken: list[Circle] = [*taken]

    def along(self, name: str, runs: Sequence[Sequence[XY]]) -> None:
        """Place a name on the longest straight piece with room."""
        tolerance = BEND * self.font
        pieces = sorted((piece for run in runs for piece in _straight(run, tolerance)), key=lambda two: -math.dist(*two))
        for (x1, y1), (x2, y2) in pieces[:3]:
            if math.dist((x1, y1), (x2, y2)) < 0.8 * self._width(name):
                return
            angle = math.degrees(math.atan2(y2 - y1, x2 - x1))
            angle = angle - 180 if angle > 90 else angle + 180 if angle < -90 else angle
            if self._put(name, (x1 + x2) / 2, (y1 + y2) / 2, angle):
                return

    def at(self, name: str, point: XY) -> None:
        """Place a name level at a point."""
        if self.part.holds([point]):
            self._put(name, *point, 0.0)

    def _width(self, name: str) -> float:
        return LETTER * self.font * len(name)

    def _put(self, name: str, x: float, y: float, angle: float) -> bool:
        if not name or len(self.placed) >= MOST_LABELS:
            return False
        circles = list(self._circles(name, x, y, angle))
        edge = max(EDGE * self.part.scale, self.font / 2)
        inner = MapPart(self.part.x + edge, self.part.y + edge, self.part.width - 2 * edge, self.part.height - 2 * edge)
        free = all(math.dist(centre, other) > radius + near for centre, radius in circles for other, near in self.taken)
        if not free or not all(inner.holds([centre]) for centre, _ in circles):
            return False
        self.taken += circles
        self.placed.append(StreetName(name, round(x, 1), round(y, 1), round(angle, 1)))
        return True

    def _circles(self, name: str, x: float, y: float, angle: float) -> Iterator[Circle]:
        """Yield circles that cover a name."""
        half, radius = self._width(name) / 2, 0.75 * self.font
        steps = max(1, math.ceil(half / radius))
        cos, sin = math.cos(math.radians(angle)), math.sin(math.radians(angle))
        for step in range(-steps, steps + 1):
            off = half * step / steps
            yield (x + off * cos, y + off * sin), radius
