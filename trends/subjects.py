"""List the subjects of a post: what, where, and its words.

What: a service, and each object that the post names. A spot is a square of the map or a named place: neither a street nor a word of
everyday is a subject by itself, because unrelated posts share them.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from math import cos, floor, radians

from babel.dates import get_day_names, get_month_names

from trends.records import LOCAL, Subject

LEAST_LETTERS = 4
MOST_WORDS = 40
"""Words of a long text that count: its beginning says what it is about."""
PLACE_KINDS = {
    "street": "street",
    "square": "street",
    "landmark": "street",
    "station": "street",
    "stop": "street",
    "barrio": "barrio",
    "district": "district",
}
"""Precision by kind of place; a landmark, station or stop is as precise as a street."""
PRECISIONS = tuple(dict.fromkeys(PLACE_KINDS.values()))
REACH_M = 400
"""Posts whose points lie within so many metres are at one spot; its squares are twice as wide and lie half over each other."""
DEGREE_M = 111_320
"""Length of a degree of latitude."""
Point = tuple[float, float]
Cell = tuple[int, int]
"""Row and column of a square of the map."""
_ROW = REACH_M / DEGREE_M
_WORD = re.compile(r"[^\W\d_]+")
_LANGUAGES = ("es", "en", "ca", "gl", "eu", "pt", "fr", "it", "de")


def _plain(text: str) -> str:
    plain = unicodedata.normalize("NFD", text.casefold())
    return "".join(one for one in plain if not unicodedata.combining(one))


_DATES = frozenset(
    _plain(name)
    for language in _LANGUAGES
    for names in (get_month_names("wide", locale=language), get_day_names("wide", locale=language))
    for name in names.values()
)
"""Names of months and days: many write them on the same day, of different things."""


def words_of(text: str) -> tuple[str, ...]:
    """Return the different words of a text, without case and accents.

    >>> words_of("¡Inundación el lunes en la Plaza! @user inundacion http")
    ('inundacion', 'plaza')
    """
    letters = _plain(re.sub(r"[@#]\w+|\[\w+\]|http\S*", " ", text))
    found = dict.fromkeys(one for one in _WORD.findall(letters) if len(one) >= LEAST_LETTERS and one not in _DATES)
    return tuple(found)[:MOST_WORDS]


def text_key(text: str) -> str:
    """Return the letters and digits of a text, which copies share."""
    plain = re.sub(r"http\S*|@\w+", "", text.casefold())
    return "".join(one for one in plain if one.isalnum())


def cells_of(point: Point | None) -> tuple[Cell, ...]:
    """Return the four squares in which a point (WGS 84) lies.

    None: no squares.

    >>> cells_of((40.4168, -3.7038))
    ((11246, -786), (11246, -785), (11247, -786), (11247, -785))
    """
    if point is None:
        return ()
    lat, lon = point
    last = floor(lat / _ROW)
    return tuple((row, floor(lon / _column(row)) + step) for row in (last - 1, last) for step in (-1, 0))


def _column(row: int) -> float:
    """Return the width in degrees of half a square of a row."""
    return _ROW / cos(radians((row + 1) * _ROW))


def places_of(places: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Return precision and name of places, given by kind and name.

    >>> places_of([("square", "Plaza Mayor"), ("unresolved", "aquí")])
    (('street', 'Plaza Mayor'),)
    """
    return tuple(sorted({(PLACE_KINDS[kind], name) for kind, name in places if kind in PLACE_KINDS}))


def subjects_of(
    topic: str | None, places: Iterable[tuple[str, str]], words: Sequence[str], objects: Iterable[str] = (), point: Point | None = None
) -> tuple[Subject, ...]:
    """Return the subjects of a post.

    Args:
        topic: its service; `other` and None are no service.
        places: kind of place (`PLACE_KINDS`) and its name in the gazetteer.
        words: of its text (`words_of`).
        objects: kinds of objects that it names, such as `lamp`.
        point: where it is, in WGS 84; None: unknown.
    """
    what: list[Subject] = [("object", one) for one in sorted(set(objects))]
    if topic not in (None, "other"):
        what.append(("service", str(topic)))
    named = places_of(places)
    cells = cells_of(point)
    found: list[Subject] = [*what]
    for one in map(family_of, what):
        found += [("near", f"{one}|{row}|{column}") for row, column in cells]
        found += [("place", f"{one}|{precision}|{name}") for precision, name in named]
    return (*found, *(("word", word) for word in words))


def family_of(subject: Subject) -> str:
    """Return the service or object of a subject, else its kind.

    >>> family_of(("place", "object:lamp|street|Calle Mayor")), family_of(("object", "lamp")), family_of(("word", "humo"))
    ('object:lamp', 'object:lamp', 'word')
    """
    kind, name = subject
    if kind in LOCAL:
        return name.split("|")[0]
    return f"{kind}:{name}" if kind in ("object", "service") else kind


def is_spot(subject: Subject) -> bool:
    """Tell whether a subject is a square or a street.

    >>> is_spot(("near", "object:lamp|11246|-786")), is_spot(("place", "object:lamp|barrio|Sol"))
    (True, False)
    """
    kind, name = subject
    return kind == "near" or (kind == "place" and name.split("|")[1] == "street")
