"""Take roads out of a map, and join the pieces of each."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from gazetteer.lines.line import LOCAL, MAIN, THROUGH, Course, StreetLine, Vertex, simplified

RANKS = {
    **dict.fromkeys(("motorway", "trunk", "primary"), MAIN),
    **dict.fromkeys(("secondary", "tertiary", "motorway_link", "trunk_link", "primary_link"), THROUGH),
    **dict.fromkeys(("residential", "living_street", "unclassified", "pedestrian", "road"), LOCAL),
}
"""Of the values of `highway` that are drawn: paths, steps and service roads are not."""
OFF_M = 4.0
"""How far a drawn course may lie from the real one."""


def course_of(tags: Mapping[str, str], name: str, geometry: Mapping[str, Any]) -> StreetLine | None:
    """Return the piece of a road; None: nothing that is drawn.

    A small street without a name is left out.
    """
    rank = RANKS.get(tags.get("highway", ""))
    lines = _lines(geometry)
    if rank is None or not lines or (rank == LOCAL and not name):
        return None
    return StreetLine(name or tags.get("ref", ""), rank, tuple(lines))


def _lines(geometry: Mapping[str, Any]) -> list[Course]:
    kind, coordinates = geometry.get("type"), geometry.get("coordinates") or []
    parts = {"LineString": [coordinates], "MultiLineString": coordinates}.get(str(kind), [])
    return [tuple((float(lon), float(lat)) for lon, lat, *_ in part) for part in parts if len(part) > 1]


def join_pieces(pieces: Iterable[StreetLine]) -> list[StreetLine]:
    """Join the pieces of each name and rank end to end."""
    courses: defaultdict[tuple[int, str], list[Course]] = defaultdict(list)
    for piece in pieces:
        courses[piece.rank, piece.name] += piece.courses
    return [
        StreetLine(name, rank, tuple(simplified(one, OFF_M) for one in _chains(sorted(some))))
        for (rank, name), some in sorted(courses.items())
    ]


def _chains(courses: Sequence[Course]) -> list[Course]:
    """Join courses of which one begins or ends where another does."""
    chains: list[list[Vertex]] = []
    ends: dict[Vertex, list[Vertex]] = {}
    for course in courses:
        chain = list(course)
        for end in (0, -1):
            other = ends.pop(chain[end], None)
            if other is None or other is chain:
                continue
            ends.pop(other[0], None)
            ends.pop(other[-1], None)
            chains = [one for one in chains if one is not other]
            chain = _together(other, chain)
        chains.append(chain)
        ends[chain[0]] = ends[chain[-1]] = chain
    return [tuple(one) for one in chains]


def _together(one: list[Vertex], other: list[Vertex]) -> list[Vertex]:
    """Return two chains that share an end as one."""
    if one[0] in (other[0], other[-1]):
        one = one[::-1]
    if other[-1] == one[-1]:
        other = other[::-1]
    return [*one, *other[1:]]
