"""What is taken out of a file before it is arranged: areas, pieces of streets, stops and landmarks."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Literal

from gazetteer.importing.geometry import Point, Polygons

Level = Literal["district", "barrio"]


@dataclass(frozen=True)
class Area:
    """A district or barrio with its outline."""

    level: Level
    name: str
    number: str
    """Its official number, where the file gives one."""
    polygons: Polygons


@dataclass(frozen=True)
class Piece:
    """A piece of a street: an address, a stretch of house numbers, or a part of its course."""

    name: str
    others: tuple[str, ...] = ()
    """Names in other languages, and former ones."""
    numbers: tuple[int, ...] = ()
    points: tuple[Point, ...] = ()
    district: str = ""
    barrio: str = ""
    code: str = ""


@dataclass(frozen=True)
class Spot:
    """A station, a stop or a landmark."""

    kind: str
    """`metro`, `cercanias`, `emt`, or the type of a landmark."""
    name: str
    aliases: tuple[str, ...] = ()
    point: Point | None = None
    address: str = ""
    district: str = ""
    barrio: str = ""


@dataclass
class Found:
    """All that was taken out of the files."""

    areas: list[Area] = field(default_factory=list)
    pieces: list[Piece] = field(default_factory=list)
    spots: list[Spot] = field(default_factory=list)
    towns: dict[str, Polygons] = field(default_factory=dict)
    """Outlines of towns by name: only to leave out what lies in others."""
    left_out: Counter[str] = field(default_factory=Counter)
    """Records that say nothing of use, by reason."""
    told: list[str] = field(default_factory=list)
    """How columns were read."""

    def placed(self) -> list[Piece | Spot]:
        """Return what may say in which district and barrio it lies."""
        return [*self.pieces, *self.spots]
