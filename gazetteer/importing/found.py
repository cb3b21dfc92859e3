"""Define the records extracted from a file before they are arranged.

Areas, pieces of streets, stops and landmarks.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import Literal

from core.records import Record
from gazetteer.importing.geometry import Point, Polygons
from gazetteer.lines.line import StreetLine

Level = Literal["district", "barrio"]


@dataclass(frozen=True)
class Area:
    """Hold a district or barrio with its outline."""

    level: Level
    name: str
    number: str
    """Its official number, where the file gives one."""
    polygons: Polygons


@dataclass(frozen=True)
class StreetPiece:
    """Hold a piece of a street.

    An address, a range of house numbers, or a part of its course.
    """

    name: str
    others: tuple[str, ...] = ()
    """Names in other languages, and former ones."""
    numbers: tuple[int, ...] = ()
    points: tuple[Point, ...] = ()
    district: str = ""
    barrio: str = ""
    code: str = ""


@dataclass(frozen=True)
class PointOfInterest:
    """Hold a station, a stop or a landmark."""

    kind: str
    """`metro`, `cercanias`, `bus`, or the type of a landmark."""
    name: str
    aliases: tuple[str, ...] = ()
    point: Point | None = None
    address: str = ""
    district: str = ""
    barrio: str = ""
    file: str = ""
    """Name of the file that holds it."""


class ColumnsRead(Record):
    """Hold how the columns of one table were interpreted."""

    file: str
    columns: tuple[tuple[str, str], ...]
    """Our column, and the file's."""


@dataclass
class Extract:
    """Collect all records extracted from the files."""

    areas: list[Area] = field(default_factory=list)
    pieces: list[StreetPiece] = field(default_factory=list)
    spots: list[PointOfInterest] = field(default_factory=list)
    towns: dict[str, Polygons] = field(default_factory=dict)
    """Outlines of towns by name, used only to leave out what is in other towns."""
    left_out: Counter[str] = field(default_factory=Counter)
    """Number of unused records by reason."""
    courses: list[StreetLine] = field(default_factory=list)
    """Roads as a map draws them, a record each piece."""
    columns: list[ColumnsRead] = field(default_factory=list)
    """How the columns of each table were interpreted."""

    def placed(self) -> list[StreetPiece | PointOfInterest]:
        """Return the records that may name their district and barrio."""
        return [*self.pieces, *self.spots]
