"""Determine the place a post is about.

The point of a report that gives one; else the places of its first sentence; if it names none, those of the whole text.
"""

import re
from collections.abc import Sequence
from math import cos, hypot, radians

from core.config.word_lists import locale_words
from core.records.annotation import Annotation, Place
from core.records.post import Post
from gazetteer.names import fold, folded_words
from triage.incident_matching.vocabulary import NO_HOUSE_NUMBER

Coordinates = tuple[float, float]
SURE_ENOUGH = 0.5
"""Probability from which a resolved place may separate or join incidents."""
HEADLINE = 100
"""Maximum length of the headline, if the first sentence is longer."""
_END = re.compile(r"[.!?](?=\s|$)")
_SAID, _ELSEWHERE, _AREA, _NUMBERED = 1.9, 2.0, 1.5, -2.5
"""What a post is less about: a place that says where another is, one after the first sentence, an area; and more: an address."""
_SHORT = 280
"""Characters of a post in which the address stands anywhere; a letter names others on its way."""
_BEFORE = 60
_NUMBERED_KINDS = ("street", "square", "old_name")
_NUMBER = re.compile(r"[\s,]{1,3}(?:n(?:[º°o]|[uú]m(?:ero)?)?\.?\s{0,2})?\d{1,3}(?![\d:€%])", re.IGNORECASE)
_ITS_NUMBER = re.compile(r"[\s,.º°]\d{1,3}\s?\Z")
_CLOSES = re.compile(r"\s{0,2}(?:[a-d]\b|bis\b)?\s{0,2}(?:[.,;:)\n]|\Z|(?:con )?esquina\b|con\b|frente\b)", re.IGNORECASE)
"""After the number of an address; `Gran Vía 2 operarios` and `Bravo Murillo 20 años` are none."""
_NEXT_WORD = re.compile(r"\s*[^\W\d_]+")
_SAYS_WHERE = re.compile(rf"\w (?:{'|'.join(locale_words('identity')['says_where'])})(?: (?:la|el|los|las|de|del|al|lo))*\Z")
"""Inside a sentence: one that begins so speaks of the place itself."""
_SHORTEST = 15
"""A full stop before this position ends an abbreviation (`Avda.`, `C. Toledo`), not a sentence."""


def named_places(annotation: Annotation) -> tuple[Place, ...]:
    """Return the resolved places of the whole text, best first.

    A district only when no finer place is named.
    """
    return _finest([place for place in annotation.places if place.key is not None and place.sure >= SURE_ENOUGH])


def about(post: Post, annotation: Annotation) -> tuple[Place, ...]:
    """Return the resolved places the post is about, best first.

    A report that gives its own point is about that point alone. The places of the first sentence come first; in a short post one with a
    house number comes before them. One that only says where another is comes last: the corner, the ends of a stretch, what it faces.
    """
    if (point := stated(post, annotation)) is not None:
        return (point,)
    return tuple(sorted(named_places(annotation), key=lambda place: _remoteness(post.text, place)))


def _remoteness(text: str, place: Place) -> float:
    """Return how little a post is about a place that it names."""
    at = text.find(place.text)
    if at < 0:
        return _ELSEWHERE
    is_address = place.kind in _NUMBERED_KINDS and _has_number(text, place.text, at)
    sentence = re.split(r"[.!?\n]", text[:at][-_BEFORE:])[-1]
    parts = (
        (not is_address and _SAYS_WHERE.search(" ".join(folded_words(sentence))) is not None, _SAID),
        (at >= len(headline(text)), _ELSEWHERE),
        (place.kind == "barrio", _AREA),
        (is_address, _NUMBERED if len(text) <= _SHORT else _NUMBERED / 4),
    )
    return sum(weight for holds, weight in parts if holds)


def _has_number(text: str, place: str, at: int) -> bool:
    """Return whether a house number ends or follows a place's name.

    After the first sentence only where it closes a phrase: there numbers count people, years and times.
    """
    end = at + len(place)
    if _ITS_NUMBER.search(place) is None:
        number = _NUMBER.match(text, end)
        if number is None:
            return False
        end = number.end()
    if _CLOSES.match(text, end) is not None:
        return True
    following = _NEXT_WORD.match(text, end)
    return end <= len(headline(text)) and following is not None and fold(following[0]) not in NO_HOUSE_NUMBER


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
