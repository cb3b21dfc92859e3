"""Describe an area that a user drew on a map.

It is a part of addresses: `40.40,-3.72,40.43,-3.68` is a box (south, west, north, east), more numbers are the corners of a polygon
(latitude, longitude ...). `~` joins shapes that must all hold.
"""

import math
from collections.abc import Sequence
from typing import Self

from core.records import Record

MOST_CORNERS = 40
MOST_SHAPES = 3
DECIMALS = 5
"""Of a degree: about one metre."""

Point = tuple[float, float]
"""Latitude and longitude."""


class Box(Record):
    """Hold a box.

    Its south and west edges belong to it, the others do not.
    """

    south: float
    west: float
    north: float
    east: float

    @property
    def corners(self) -> tuple[Point, ...]:
        """Return the corners in order."""
        return (self.south, self.west), (self.south, self.east), (self.north, self.east), (self.north, self.west)

    def contains(self, lat: float, lon: float) -> bool:
        """Tell whether a point lies in the box."""
        return self.south <= lat < self.north and self.west <= lon < self.east


class Edge(Record):
    """Hold an edge of a polygon, from south to north; never level."""

    low: float
    high: float
    start: float
    """Longitude at `low`."""
    slope: float
    """Degrees of longitude per degree of latitude."""

    def is_east_of(self, lat: float, lon: float) -> bool:
        """Tell whether a ray from the point eastwards crosses the edge."""
        return self.low <= lat < self.high and lon < self.start + (lat - self.low) * self.slope


class Polygon(Record):
    """Hold a polygon by its corners; it may cross itself (even-odd rule)."""

    corners: tuple[Point, ...]

    @property
    def edges(self) -> tuple[Edge, ...]:
        """Return the edges that are not level."""
        found = []
        for one, other in zip(self.corners, (*self.corners[1:], self.corners[0]), strict=True):
            (low, start), (high, end) = sorted((one, other))
            if low < high:
                found.append(Edge(low=low, high=high, start=start, slope=(end - start) / (high - low)))
        return tuple(found)

    def contains(self, lat: float, lon: float) -> bool:
        """Tell whether a point lies in the polygon."""
        return sum(edge.is_east_of(lat, lon) for edge in self.edges) % 2 == 1


class Area(Record):
    """Hold the shapes that a point must all lie in."""

    shapes: tuple[Box | Polygon, ...]

    @classmethod
    def read(cls, text: str) -> Self:
        """Read an area from an address.

        >>> Area.read("40.4,-3.72,40.43,-3.68").contains(40.41, -3.7)
        True

        Raises:
            ValueError: the text is no area.
        """
        shapes = text.split("~")
        if len(shapes) > MOST_SHAPES:
            raise ValueError("too many shapes")
        return cls(shapes=tuple(_shape(one) for one in shapes))

    @property
    def text(self) -> str:
        """Return the area as an address holds it."""
        return "~".join(",".join(f"{n:.{DECIMALS}f}".rstrip("0").rstrip(".") for n in _numbers(shape)) for shape in self.shapes)

    @property
    def bounds(self) -> Box:
        """Return the smallest box around the first shape."""
        corners = self.shapes[0].corners
        lats, lons = [lat for lat, _ in corners], [lon for _, lon in corners]
        return Box(south=min(lats), west=min(lons), north=max(lats), east=max(lons))

    def within(self, box: Box) -> Self:
        """Return the part of the area in a box."""
        return self.model_copy(update={"shapes": (*self.shapes, box)})

    def contains(self, lat: float, lon: float) -> bool:
        """Tell whether a point lies in the area."""
        return all(shape.contains(lat, lon) for shape in self.shapes)


def _shape(text: str) -> Box | Polygon:
    numbers = [round(float(one), DECIMALS) for one in text.split(",")]
    lats, lons = numbers[::2], numbers[1::2]
    if not all(math.isfinite(one) for one in numbers) or len(lats) != len(lons):
        raise ValueError("an area is made of latitudes and longitudes")
    if max(map(abs, lats)) > 90 or max(map(abs, lons)) > 180:
        raise ValueError("no such place on Earth")
    if len(lats) == 2 and lats[0] < lats[1] and lons[0] < lons[1]:
        return Box(south=lats[0], west=lons[0], north=lats[1], east=lons[1])
    if not 3 <= len(lats) <= MOST_CORNERS:
        raise ValueError("an area is a box or a polygon")
    return Polygon(corners=tuple(zip(lats, lons, strict=True)))


def _numbers(shape: Box | Polygon) -> Sequence[float]:
    if isinstance(shape, Box):
        return shape.south, shape.west, shape.north, shape.east
    return [number for corner in shape.corners for number in corner]
