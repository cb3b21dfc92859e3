"""Build each street from its pieces.

Its type, its location, and the house numbers of each segment.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256

from gazetteer.importing.areas import Areas, Located
from gazetteer.importing.found import StreetPiece
from gazetteer.importing.geometry import Point, distance, medoid
from gazetteer.names import folded_words
from gazetteer.place_types import split_type

Row = dict[str, object]
CHUNK, NEAR_M = 6, 50.0
"""A segment with one point has at most this many houses of one side, all this near to the first."""
FAR_M = 1000.0
"""A street longer than this has no coordinates, unless it is in one barrio."""
CLASSES = {"plaza": "Plaza", "glorieta": "Glorieta"}


@dataclass
class Address:
    """Hold one known address."""

    number: int
    where: Located
    point: Point | None


def street_rows(pieces: Sequence[StreetPiece], areas: Areas) -> tuple[list[Row], list[Row]]:
    """Return the rows of `streets.csv` and of `street_parts.csv`, by name."""
    by_name: dict[tuple[str, ...], list[StreetPiece]] = defaultdict(list)
    for piece in pieces:
        by_name[folded_words(piece.name)].append(piece)
    by_name = _under_official(by_name)
    streets, parts = [], []
    for folded in sorted(by_name):
        row, its_parts = _street(by_name[folded], areas)
        streets.append(row)
        parts += its_parts
    return streets, parts


def _under_official(by_name: dict[tuple[str, ...], list[StreetPiece]]) -> dict[tuple[str, ...], list[StreetPiece]]:
    """Merge addresses under another language's street name with the official one."""
    official = {folded_words(other): folded for folded, same in by_name.items() for one in same for other in one.others}
    merged: dict[tuple[str, ...], list[StreetPiece]] = defaultdict(list)
    for folded, same in by_name.items():
        is_bare = not any(one.others for one in same)
        merged[official.get(folded, folded) if is_bare else folded] += same
    return merged


def _street(pieces: list[StreetPiece], areas: Areas) -> tuple[Row, list[Row]]:
    named = next((one for one in pieces if one.others), pieces[0])
    group, bare = split_type(folded_words(named.name))
    code = next((one.code for one in pieces if one.code), "") or _code(folded_words(named.name))
    houses = [house for piece in pieces for house in _houses(piece, areas)]
    addresses = [house.point for house in houses if house.point is not None]
    course = [point for piece in pieces if not piece.numbers for point in piece.points]
    where = [house.where for house in houses] + [
        areas.locate(point, piece.district, piece.barrio) for piece in pieces if not piece.numbers for point in (piece.points or (None,))
    ]
    districts = sorted({one.district for one in where} - {""}, key=int)
    barrios = sorted({one.barrio for one in where} - {""}, key=lambda one: tuple(map(int, one.split("-"))))
    point, method = _point(addresses or course, bool(addresses), barrios)
    others = dict.fromkeys(other for piece in pieces for other in piece.others if folded_words(other) != folded_words(named.name))
    row: Row = {
        "cod_via": code,
        "name": named.name,
        "class": CLASSES.get(group, "Calle"),
        "particle": "",
        "name_core": " ".join(bare),
        "districts": "|".join(areas.name(one) for one in districts),
        "district_codes": "|".join(districts),
        "barrios": "|".join(areas.labelled(one) for one in barrios),
        "lat": point[0] if point else "",
        "lon": point[1] if point else "",
        "coord_method": method,
        "n_points": len(addresses),
        "number_ranges": "",
        "old_names": "|".join(others),
    }
    return row, [{"cod_via": code, **part} for part in _parts(houses)]


def _code(folded: tuple[str, ...]) -> str:
    """Return a key that depends on the name alone."""
    return sha256(" ".join(folded).encode()).hexdigest()[:10]


def _houses(piece: StreetPiece, areas: Areas) -> Iterator[Address]:
    point = piece.points[0] if piece.points else None
    where = areas.locate(point, piece.district, piece.barrio)
    for number in piece.numbers:
        yield Address(number, where, point)


def _point(points: list[Point], of_addresses: bool, barrios: list[str]) -> tuple[Point | None, str]:
    """Return the middle of a street and its method; None without points."""
    if not points:
        return None, "none"
    point = medoid(points)
    if len(barrios) > 1 or (not barrios and max(distance(point, one) for one in points) > FAR_M / 2):
        return _rounded(point), "spread"
    return _rounded(point), "points" if of_addresses and barrios else "course"


def _rounded(point: Point) -> Point:
    return round(point[0], 5), round(point[1], 5)


def _parts(houses: list[Address]) -> Iterator[Row]:
    """Yield segments of a few houses of one side, within one barrio.

    A number between two segments belongs to the lower one.
    """
    sides: dict[tuple[str, str, int], dict[int, Address]] = defaultdict(dict)
    for house in houses:
        sides[house.where.district, house.where.barrio, house.number % 2].setdefault(house.number, house)
    for (district, barrio, is_odd), side in sorted(sides.items()):
        numbers = sorted(side)
        elsewhere = {h.number for h in houses if h.number % 2 == is_odd and h.number not in side}
        chunks = _chunks(numbers, side)
        for chunk, following in zip(chunks, [*chunks[1:], None], strict=True):
            last = chunk[-1] if following is None else following[0] - 2
            if any(chunk[-1] < other <= last for other in elsewhere):
                last = chunk[-1]
            points = [point for number in chunk if (point := side[number].point) is not None]
            lat, lon = _rounded(medoid(points)) if points else ("", "")
            span = f"{chunk[0]}-{last}"
            yield {
                "district_code": district or "0",
                "barrio_num": barrio.partition("-")[2] or "0",
                "odd_range": span if is_odd else "",
                "even_range": "" if is_odd else span,
                "lat": lat,
                "lon": lon,
                "n_points": len(points),
            }


def _chunks(numbers: list[int], side: dict[int, Address]) -> list[list[int]]:
    chunks: list[list[int]] = []
    for number in numbers:
        first, here = (side[chunks[-1][0]].point if chunks else None), side[number].point
        is_near = first is None or here is None or distance(first, here) <= NEAR_M
        if chunks and len(chunks[-1]) < CHUNK and is_near and (first is None) == (here is None):
            chunks[-1].append(number)
        else:
            chunks.append([number])
    return chunks
