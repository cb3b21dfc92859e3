"""One place of the city as its gazetteer knows it: what it is, which names lead to it, and where it lies."""

from dataclasses import dataclass
from typing import NamedTuple

from core.annotation import PlaceKind


class Name(NamedTuple):
    """One name of a place."""

    words: tuple[str, ...]
    """Folded, without type word and joining words."""
    free: bool
    """Said without a type word (`Lavapiés`): the bare name is enough."""
    group: str
    """Group of the type word it goes with (`calle`, `metro`, `parque`); '' for none."""
    article: str = ""
    """The article it begins with (`Las Tablas`): part of the name where it is written."""
    own: bool = False
    """From the city's own list, which says what people mean by a name."""
    weight: float = 1.0
    """Below 1 for a name that another place may have a better right to (`Canillejas` for San Blas - Canillejas)."""


@dataclass(frozen=True, slots=True)
class Part:
    """The stretch of a street that lies in one barrio (or, when only that is known, in one district)."""

    district: str
    """Empty: not known."""
    barrio: str | None
    odd: tuple[int, int] | None
    even: tuple[int, int] | None
    lat: float | None = None
    lon: float | None = None

    def holds(self, number: int) -> bool:
        """True when the house number stands on this stretch."""
        span = self.odd if number % 2 else self.even
        return span is not None and span[0] <= number <= span[1]


@dataclass(frozen=True, slots=True)
class Entry:
    """One place of the city under the names that lead to it, official first."""

    key: str
    kind: PlaceKind
    name: str
    names: tuple[Name, ...]
    districts: tuple[str, ...] = ()
    barrios: tuple[str, ...] = ()
    street: str | None = None
    lat: float | None = None
    lon: float | None = None
    """Only of the place itself: an area and a street through several barrios have none."""
    weight: float = 1.0
    """How much is known to happen there: of two streets of one name the larger is the likelier."""
    parts: tuple[Part, ...] = ()
    rough: tuple[float, float] | None = None
    """A point near a street that has none of its own: between the streets it crosses, or the middle of its addresses."""
