"""Keeps what lies within one town: an extract of a province holds many."""

from core.errors import ConfigurationError
from gazetteer.importing.found import Found
from gazetteer.importing.geometry import Polygons, inner_point, is_inside, middle
from gazetteer.names import folded_words

MOST_NAMED = 12


def keep_within(found: Found, town: str) -> None:
    """Leave out everything outside the town of this name.

    Raises:
        ConfigurationError: the files hold no outline of it; names those they hold.
    """
    outline = next((area for name, area in found.towns.items() if folded_words(name) == folded_words(town)), None)
    if outline is None:
        there = ", ".join(sorted(found.towns)[:MOST_NAMED]) or "none"
        raise ConfigurationError(
            f"--within {town}: no outline of this town in the files (boundary=administrative with admin_level=8); there are: {there}"
        )
    before = len(found.pieces) + len(found.spots) + len(found.areas)
    found.pieces = [one for one in found.pieces if one.points and is_inside(middle(one.points), outline)]
    found.spots = [one for one in found.spots if one.point is not None and is_inside(one.point, outline)]
    found.areas = [one for one in found.areas if _lies_in(one.polygons, outline)]
    outside = before - len(found.pieces) - len(found.spots) - len(found.areas)
    if outside:
        found.left_out[f"outside {town}"] += outside


def _lies_in(polygons: Polygons, outline: Polygons) -> bool:
    return is_inside(inner_point(polygons), outline)
