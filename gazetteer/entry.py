"""Define a place of the gazetteer: its kind, names and location."""

from dataclasses import dataclass
from typing import NamedTuple

from core.records.annotation import PlaceKind

RAIL, BUS = ("metro", "cercanias"), "bus"
"""Modes of `stops.csv`. A mode that is none of these is read as a bus stop's."""


class Name(NamedTuple):
    """Hold one name of a place."""

    words: tuple[str, ...]
    """Folded, without type word and joining words."""
    free: bool
    """Used without a type word (`Lavapiés`)."""
    group: str
    """Group of its type word (`calle`, `metro`, `parque`); '' for none."""
    article: str = ""
    """The article it begins with (`Las Tablas`), part of the name where present."""
    own: bool = False
    """From the city's own list, which holds what people mean by a name."""
    weight: float = 1.0
    """Below 1 for a name that may fit another place better (`Canillejas` for San Blas - Canillejas)."""


@dataclass(frozen=True, slots=True)
class Part:
    """Hold the segment of a street that lies in one barrio.

    Or in one district, when only that is known.
    """

    district: str
    """Empty when unknown."""
    barrio: str | None
    odd: tuple[int, int] | None
    even: tuple[int, int] | None
    lat: float | None = None
    lon: float | None = None

    def holds(self, number: int) -> bool:
        """Tell whether the house number is on this segment.

        >>> Part("Centro", None, (1, 9), (2, 12)).holds(11)
        False
        """
        span = self.odd if number % 2 else self.even
        return span is not None and span[0] <= number <= span[1]


@dataclass(frozen=True, slots=True)
class Entry:
    """Hold one place of the city with its names, official first."""

    key: str
    kind: PlaceKind
    name: str
    names: tuple[Name, ...]
    districts: tuple[str, ...] = ()
    barrios: tuple[str, ...] = ()
    street: str | None = None
    lat: float | None = None
    lon: float | None = None
    """Coordinates of the place itself; None for an area, and for a street through several barrios."""
    weight: float = 1.0
    """Prior: of two streets of one name the larger is the likelier."""
    parts: tuple[Part, ...] = ()
    rough: tuple[float, float] | None = None
    """Approximate point of a street without coordinates: between the streets it crosses, or the middle of its addresses."""
    address: str = ""
    """Street and number of a stop or landmark, as its publisher writes them; empty: unknown."""
