"""Read and write `street_lines.csv`: the course of each street."""

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path

from core.errors import ConfigurationError
from core.spreadsheet import csv_line
from gazetteer.lines.line import LOCAL, MAIN, Course, StreetLine

FILE = "street_lines.csv"
COLUMNS = ("name", "rank", "course")
DECIMALS = 5
"""Of a degree: about a metre."""


def written(streets: Iterable[StreetLine]) -> str:
    """Return the text of the file.

    A course is its vertices, `lat lon` with commas between; semicolons divide courses.
    """
    return "".join([csv_line(COLUMNS), *(csv_line((one.name, one.rank, _text(one.courses))) for one in streets)])


def _text(courses: Iterable[Course]) -> str:
    return ";".join(",".join(f"{lat:.{DECIMALS}f} {lon:.{DECIMALS}f}" for lon, lat in course) for course in courses)


def read_lines(path: Path) -> tuple[StreetLine, ...]:
    """Read the streets of a file.

    Raises:
        ConfigurationError: it is not such a file; the message names the line.
    """
    try:
        with path.open(encoding="utf-8", newline="") as lines:
            return tuple(_rows(csv.DictReader(lines, strict=True)))
    except (OSError, UnicodeDecodeError, csv.Error, KeyError, TypeError, ValueError) as error:
        raise ConfigurationError(
            f"{path}: cannot read the streets ({error}): import the city again with --replace, or remove this file; "
            "the course of the streets is then approximated from addresses"
        ) from None


def _rows(rows: "csv.DictReader[str]") -> Iterator[StreetLine]:
    for row in rows:
        rank = int(row["rank"])
        if not MAIN <= rank <= LOCAL:
            raise ValueError(f"line {rows.line_num}: rank {rank}")
        try:
            courses = tuple(_course(text) for text in row["course"].split(";") if text)
        except ValueError:
            raise ValueError(f"line {rows.line_num}: course") from None
        yield StreetLine(row["name"], rank, courses)


def _course(text: str) -> Course:
    vertices = [vertex.split(" ") for vertex in text.lstrip("'").split(",")]  # set before a minus against spreadsheets
    return tuple((float(lon), float(lat)) for lat, lon in vertices)
