"""List the subjects of a post: service, places, kind and words."""

import re
import unicodedata
from collections.abc import Iterable, Sequence

from trends.records import Subject

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
"""Subject kind by kind of place; a landmark, station or stop is as precise as a street."""
_WORD = re.compile(r"[^\W\d_]+")


def words_of(text: str) -> tuple[str, ...]:
    """Return the different words of a text, without case and accents.

    >>> words_of("¡Inundación en la Plaza! @user inundacion http")
    ('inundacion', 'plaza')
    """
    plain = unicodedata.normalize("NFD", re.sub(r"[@#]\w+|\[\w+\]|http\S*", " ", text.casefold()))
    letters = "".join(one for one in plain if not unicodedata.combining(one))
    found = dict.fromkeys(one for one in _WORD.findall(letters) if len(one) >= LEAST_LETTERS)
    return tuple(found)[:MOST_WORDS]


def text_key(text: str) -> str:
    """Return the letters and digits of a text, which copies share."""
    plain = re.sub(r"http\S*|@\w+", "", text.casefold())
    return "".join(one for one in plain if one.isalnum())


def subjects_of(topic: str | None, places: Iterable[tuple[str, str]], kind: str | None, words: Sequence[str]) -> tuple[Subject, ...]:
    """Return the subjects of a post.

    Args:
        topic: its service; `other` and None are no service.
        places: kind of place (`PLACE_KINDS`) and its name in the gazetteer.
        kind: what it is to the city: report, request ...
        words: of its text (`words_of`).
    """
    service = topic if topic not in (None, "other") else None
    named = sorted({(PLACE_KINDS[one], name) for one, name in places if one in PLACE_KINDS})
    found: list[Subject] = list(named)
    if service is not None:
        found.append(("service", service))
        found += [("service_place", f"{service}|{one}|{name}") for one, name in named]
    if kind is not None:
        found.append(("kind", kind))
    return (*found, *(("word", word) for word in words))
