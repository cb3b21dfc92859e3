"""Filter what lies within one town.

An extract of a province has many.
"""

from core.errors import ConfigurationError
from gazetteer.importing.found import Extract
from gazetteer.importing.geometry import Polygons, inner_point, is_inside, medoid
from gazetteer.lines.line import StreetLine
from gazetteer.names import folded_words

MOST_NAMED = 12


def keep_within(found: Extract, town: str) -> None:
    """Leave out everything outside the town of this name.

    Raises:
        ConfigurationError: the files have no outline of it; the message lists those they have.
    """
    outline = next((area for name, area in found.towns.items() if folded_words(name) == folded_words(town)), None)
    if outline is None:
        available = ", ".join(sorted(found.towns)[:MOST_NAMED]) or "none"
        raise ConfigurationError(
            f"--within {town}: no outline of this town in the files (boundary=administrative, admin_level=8); the files have: {available}"
        )
    before = len(found.pieces) + len(found.spots) + len(found.areas)
    found.pieces = [one for one in found.pieces if one.points and is_inside(medoid(one.points), outline)]
    found.spots = [one for one in found.spots if one.point is not None and is_inside(one.point, outline)]
    found.courses = [one for one in found.courses if _runs_in(one, outline)]
    found.areas = [one for one in found.areas if _lies_in(one.polygons, outline)]
    outside = before - len(found.pieces) - len(found.spots) - len(found.areas)
    if outside:
        found.left_out["outside the town"] += outside


def _lies_in(polygons: Polygons, outline: Polygons) -> bool:
    return is_inside(inner_point(polygons), outline)


def _runs_in(line: StreetLine, outline: Polygons) -> bool:
    return is_inside(medoid([(lat, lon) for course in line.courses for lon, lat in course]), outline)
