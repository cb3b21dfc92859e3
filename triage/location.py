"""Determine the place a post is about.

The point of a report that gives one; else the places of its first sentence; if it names none, those of the whole text.
"""

import re
from collections.abc import Sequence
from math import cos, hypot, radians

from core.records.annotation import Annotation, Place
from core.records.post import Post

Coordinates = tuple[float, float]
SURE_ENOUGH = 0.5
"""Probability from which a resolved place may separate or join incidents."""
HEADLINE = 100
"""Maximum length of the headline, if the first sentence is longer."""
_END = re.compile(r"[.!?](?=\s|$)")
_SHORTEST = 15
"""A full stop before this position ends an abbreviation (`Avda.`, `C. Toledo`), not a sentence."""


def named_places(annotation: Annotation) -> tuple[Place, ...]:
    """Return the resolved places of the whole text, best first.

    A district only when no finer place is named.
    """
    return _finest([place for place in annotation.places if place.key is not None and place.sure >= SURE_ENOUGH])


def about(post: Post, annotation: Annotation) -> tuple[Place, ...]:
    """Return the resolved places the post is about, best first.

    A report that gives its own point is about that point alone.
    """
    if (point := stated(post, annotation)) is not None:
        return (point,)
    end, all_ = len(headline(post.text)), named_places(annotation)
    return _finest([place for place in all_ if 0 <= post.text.find(place.text) < end]) or all_


def stated(post: Post, annotation: Annotation) -> Place | None:
    """Return the place at the point of a report; None: none."""
    first = next(iter(annotation.places), None)
    if post.lat is None or first is None or (first.lat, first.lon) != (post.lat, post.lon):
        return None
    return first


def located(annotation: Annotation) -> tuple[Place, ...]:
    """Return the resolved places that have coordinates, best first."""
    return tuple(place for place in named_places(annotation) if place.lat is not None)


def stretches(annotation: Annotation) -> tuple[Place, ...]:
    """Return points of the resolved places that have no coordinates.

    Those of a street's stretches, or the middle of a square.
    """
    keys = {place.key for place in named_places(annotation) if place.lat is None}
    return tuple(place for place in annotation.labels["places"].candidates if place.key in keys and place.lat is not None)


def main_place(post: Post, annotation: Annotation) -> Place | None:
    """Return the place for the case of a post; None: none."""
    return next(iter(about(post, annotation)), None)


def headline(text: str) -> str:
    """Return the first sentence, where people name their subject.

    >>> headline("Luz en la Avda. de América fundida. Otra vez.")
    'Luz en la Avda. de América fundida'
    """
    end = _END.search(text, _SHORTEST)
    return text[: min(end.start() if end else len(text), HEADLINE)]


def _finest(places: Sequence[Place]) -> tuple[Place, ...]:
    return tuple(place for place in places if place.kind != "district") or tuple(places)


def metres(one: Coordinates, other: Coordinates) -> float:
    """Return the distance of two points of one city in metres.

    >>> round(metres((40.4168, -3.7038), (40.4200, -3.7038)))
    354
    """
    east = (one[1] - other[1]) * cos(radians((one[0] + other[0]) / 2)) * 111_320
    return hypot(east, (one[0] - other[0]) * 110_540)
