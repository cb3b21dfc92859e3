"""Approximate the course of streets from their addresses.

A gazetteer without a map has points of house numbers, of stops and of facilities with an address. In order of their numbers they show
where a street runs, within the width of a block.
"""

import csv
import math
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from gazetteer.lines.line import LOCAL, MAIN, THROUGH, Course, StreetLine, Vertex, length_m
from gazetteer.names import content_words, folded_words
from gazetteer.place_types import split_type
from gazetteer.reverse.nearest import METRES_PER_DEGREE

ADDRESS = re.compile(r"(.*?)[ ,]*(?:n[ºo.]*\s*)?(\d{1,5})?\s*")
WINDOW = 12
"""House numbers that give one vertex: both sides of the street together."""
LEAST_POINTS = 3
"""Points without which a street has no course: its name alone is drawn."""
GAP_M = 900.0
"""Two vertices farther apart are not joined: nothing is known of what lies between."""
KILOMETRES = 1_000
"""From this number it is a kilometre point of a motorway in metres, which orders no houses."""
MOST_ASIDE = 0.2
"""How far points without numbers may lie beside their line, as a share of its length."""
LEAST_COSINE = 0.2
"""A vertex where the street would turn back is a wrong address."""
MAIN_M, THROUGH_M = 2_000.0, 800.0
"""From this length a street is a main one, or one through a quarter."""

Key = tuple[str, tuple[str, ...]]


class NumberedPoint(NamedTuple):
    """Hold one point of a street."""

    number: int | None
    lon: float
    lat: float


def lines_of_addresses(folder: Path) -> tuple[StreetLine, ...]:
    """Return the streets of a gazetteer folder, the longest first."""
    streets = sorted(_rows(folder / "streets.csv"), key=lambda row: (-int(row["n_points"] or 0), row["name"]))
    points = _points(folder, streets)
    found = [_line(row, points.get(row["cod_via"], [])) for row in streets]
    return tuple(sorted(filter(None, found), key=lambda one: (one.rank, -one.metres)))


def _rows(path: Path) -> Iterator[dict[str, str]]:
    if path.exists():
        with path.open(encoding="utf-8", newline="") as lines:
            yield from csv.DictReader(lines)


def _line(row: Mapping[str, str], points: Sequence[NumberedPoint]) -> StreetLine | None:
    name = row["name"].replace('""', '"')
    known = len(points) >= LEAST_POINTS and all((one.number or 0) < KILOMETRES for one in points)
    courses = course_of(points) if known else ()
    metres = sum(length_m(one) for one in courses)
    if courses:
        return StreetLine(name, MAIN if metres >= MAIN_M else THROUGH if metres >= THROUGH_M else LOCAL, courses)
    is_motorway = any((one.number or 0) >= KILOMETRES for one in points)
    if row["coord_method"] in ("points", "course") and row["lat"] and not is_motorway:
        return StreetLine(name, LOCAL, (), (float(row["lon"]), float(row["lat"])))
    return None


def _points(folder: Path, streets: Sequence[Mapping[str, str]]) -> dict[str, list[NumberedPoint]]:
    """Return the known points of each street by its code."""
    found: defaultdict[str, list[NumberedPoint]] = defaultdict(list)
    for row in streets:
        if row["lat"] and row["coord_method"] in ("points", "course"):
            found[row["cod_via"]].append(NumberedPoint(None, float(row["lon"]), float(row["lat"])))
    for row in _rows(folder / "street_parts.csv"):
        if row["lat"]:
            number = _middle(row["odd_range"] or row["even_range"])
            found[row["cod_via"]].append(NumberedPoint(number, float(row["lon"]), float(row["lat"])))
    codes = _codes(streets)
    for file in ("stops.csv", "landmarks.csv"):
        for row in _rows(folder / file):
            if row["address"] and row["lat"] and (one := _address(row["address"], codes)):
                found[one[0]].append(NumberedPoint(one[1], float(row["lon"]), float(row["lat"])))
    return found


def _middle(span: str) -> int | None:
    first, dash, last = span.partition("-")
    return (int(first) + int(last)) // 2 if dash else None


def _codes(streets: Sequence[Mapping[str, str]]) -> dict[Key, list[str]]:
    """Return the codes of streets by name, with and without type."""
    found: defaultdict[Key, list[str]] = defaultdict(list)
    for row in streets:
        group, bare = _key(row["name"])
        found[group, bare].append(row["cod_via"])
        if group:
            found["", bare].append(row["cod_via"])
    return found


def _key(name: str) -> Key:
    group, bare = split_type(folded_words(name))
    return group, content_words(bare)


def _address(text: str, codes: Mapping[Key, Sequence[str]]) -> tuple[str, int | None] | None:
    """Return street and number of an address; None: not one street."""
    match = ADDRESS.fullmatch(text)
    if match is None:
        return None
    group, bare = _key(match[1])
    same = codes.get((group, bare), ())  # without a type: any street of this name
    return (same[0], int(match[2]) if match[2] else None) if len(same) == 1 else None


def course_of(points: Sequence[NumberedPoint]) -> tuple[Course, ...]:
    """Return the courses through points of one street."""
    numbered = sorted((one for one in points if one.number), key=lambda one: (one.number or 0, one.lon, one.lat))
    ordered = _by_number(numbered) if len(numbered) >= LEAST_POINTS else _along(points)
    courses: list[list[Vertex]] = []
    for vertex in _without_turns(ordered):
        if not courses or length_m((courses[-1][-1], vertex)) > GAP_M:
            courses.append([])
        courses[-1].append(vertex)
    return tuple(tuple(one) for one in courses if len(one) > 1)


def _by_number(points: Sequence[NumberedPoint]) -> list[Vertex]:
    """Return the middle of each window of house numbers."""
    windows: list[list[NumberedPoint]] = []
    for one in points:
        if windows and (one.number or 0) - (windows[-1][0].number or 0) <= WINDOW:
            windows[-1].append(one)
        else:
            windows.append([one])
    return [(sum(p.lon for p in some) / len(some), sum(p.lat for p in some) / len(some)) for some in windows]


def _along(points: Sequence[NumberedPoint]) -> list[Vertex]:
    """Return the points in order along their main direction.

    None where they lie along no line: a ring road, or a street that turns.
    """
    east = math.cos(math.radians(points[0].lat))
    flat = [((p.lon - points[0].lon) * east, p.lat - points[0].lat) for p in points]
    mean_x, mean_y = (sum(axis) / len(flat) for axis in zip(*flat, strict=True))
    xx = sum((x - mean_x) ** 2 for x, _ in flat)
    yy = sum((y - mean_y) ** 2 for _, y in flat)
    xy = sum((x - mean_x) * (y - mean_y) for x, y in flat)
    angle = 0.5 * math.atan2(2 * xy, xx - yy)
    along = [x * math.cos(angle) + y * math.sin(angle) for x, y in flat]
    aside = [y * math.cos(angle) - x * math.sin(angle) for x, y in flat]
    if max(aside) - min(aside) > MOST_ASIDE * (max(along) - min(along)):
        return []
    order = sorted(range(len(flat)), key=along.__getitem__)
    return [(points[at].lon, points[at].lat) for at in order]


def _without_turns(vertices: Sequence[Vertex]) -> list[Vertex]:
    """Leave out vertices at which the street would turn back."""
    kept: list[Vertex] = []
    for vertex in vertices:
        kept.append(vertex)
        while len(kept) > 2 and _cosine(*kept[-3:]) < LEAST_COSINE:
            del kept[-2]
    return kept


def _cosine(before: Vertex, at: Vertex, after: Vertex) -> float:
    """Return the cosine of the turn; -1 where two vertices are one."""
    east = math.cos(math.radians(at[1])) * METRES_PER_DEGREE
    a = ((at[0] - before[0]) * east, (at[1] - before[1]) * METRES_PER_DEGREE)
    b = ((after[0] - at[0]) * east, (after[1] - at[1]) * METRES_PER_DEGREE)
    lengths = math.hypot(*a) * math.hypot(*b)
    return (a[0] * b[0] + a[1] * b[1]) / lengths if lengths else -1.0
