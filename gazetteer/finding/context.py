"""Describe the context of a name in a post as features.

For instance `en`, a lamp post, a colon, a crossing street, another town; each has a learned weight.
"""

import re
from collections.abc import Sequence

from core.config.word_lists import locale_words
from gazetteer.finding.tokens import Doc
from gazetteer.house_numbers import NOT_A_NUMBER
from gazetteer.towns import Named, Towns, is_listed

_WORDS = locale_words("names")
_IN = frozenset(_WORDS["in"])
_WITH = frozenset(_WORDS["with"])
_CROSSING = frozenset(_WORDS["crossing"])
RULED_OUT = frozenset(["town follows", "town of a place", "part of a town", "address of another town", "date of a place", "after un"])
"""Features of a name that is no place of the city, whatever else speaks for it."""
_INTO_ADDRESS = frozenset(["en", "la", "el"])
_INDEFINITE = frozenset(_WORDS["indefinite"])
_LONGEST_TOWN = 4
"""Words of a town's name before the last one: `Jerez de la Frontera`."""
LONG_TEXT = 300
"""Characters above which a text is a letter rather than a post."""
_MONTHS = frozenset(_WORDS["months"])
_GAP = 16
"""Maximum characters between two crossing streets."""
_NUMBER_BEHIND = re.compile(
    r",?\s{1,2}(?:(?:a|por|en|justo|sobre)\s)?(?:la\s)?(?:(?:altura|frente|delante|enfrente|junto|cerca|abajo|arriba)\s)?(?:en\s|d?el\s|al\s)?"
    r"(?P<said>portal\s|n[ºo°.]{1,2}\s?|n[uú]m\.?\s?|n[uú]meros?\s)?(?P<number>\d{1,3})(?![,ª]\d)(?(said)|(?!\s?al?\s\d))" + NOT_A_NUMBER,
    re.IGNORECASE,
)
"""`Riazor, a la altura del 12`, `por abajo en el 12`, `del 40 para arriba`, `números 99 a 122`; all repeats are bounded."""
_NUMBER_BEFORE = re.compile(r"\b(?:el|del|al|portal|n[ºo°]|n[uú]mero)\s(\d{1,3})\sde(?:\sla|\sl|l)?\s(?:calle\s)?$", re.IGNORECASE)
"""`enfrente del 56 de Sallaberry`."""
_NUMBER_WORDS = re.compile(r"altura|frente|junto|\bdel\b|\bel\b|n[ºuú]|portal", re.IGNORECASE)


def preceding_context(doc: Doc, begin: int, things: frozenset[str]) -> str:
    """Classify what precedes a name.

    One of: nothing, a mark, `en`, a thing and `de`, another word and `de`, `con`, another word.
    """
    if doc.begins_sentence(begin):
        return "nothing"
    if not doc.joined[begin - 1]:
        return "a mark"
    back = begin - 1
    while back > 0 and doc.tokens[back].word in ("la", "el", "las", "los") and doc.joined[back - 1]:
        back -= 1
    word = doc.tokens[back].word
    if word in ("de", "del"):
        return "a thing and de" if back > 0 and doc.tokens[back - 1].word in things else "de"
    if word == "en":
        return "en"
    if word in _IN:
        return "por, hasta"
    return "con, y" if word in _WITH else "a thing" if word in things else "a word"


def following_mark(doc: Doc, end: int) -> str:
    """Classify the mark that follows a name: colon, comma, end or none."""
    mark = doc.text[end : end + 1]
    return "colon" if mark == ":" else "comma" if mark == "," else "end" if mark in ("", ".", "!", "?", "\n", ")") else ""


def name_continues(doc: Doc, after: int) -> bool:
    """Tell whether `de` and another name follow: `San Fermín de Aldapa`."""
    if after + 1 >= len(doc.tokens) or doc.tokens[after].word not in ("de", "del") or not doc.joined[after - 1]:
        return False
    here = after + 1
    if doc.tokens[here].word in ("la", "los", "las") and here + 1 < len(doc.tokens):
        here += 1
    return doc.capital(here) and doc.text[doc.tokens[here].start].isalpha()


def is_date(name: Sequence[str]) -> bool:
    """Tell whether a name is a date, such as `2 de mayo`.

    Squares and hospitals bear such names too.

    >>> is_date(("2", "mayo")), is_date(("mayo",))
    (True, False)
    """
    return len(name) > 1 and name[0].isdigit() and name[-1] in _MONTHS


def number_near(text: str, start: int, end: int) -> int | None:
    """Return a street's house number that is not next to its name.

    None without one.
    """
    found = _NUMBER_BEHIND.match(text, end)
    if found and _NUMBER_WORDS.search(found.group()):
        return int(found["number"])
    found = _NUMBER_BEFORE.search(text, max(0, start - 30), start)
    return int(found[1]) if found else None


def is_address_elsewhere(of_towns: Sequence[str], is_street: bool, is_here: bool | None) -> bool:
    """Tell whether a street is in the other town named.

    Args:
        of_towns: what `towns_around` says of it.
        is_street: it has a street's type word or a house number.
        is_here: the city has a street of this name with this number; None: unknown.
    """
    if not is_street:
        return False
    return "after a town" in of_towns or (is_here is False and "town named in a short text" in of_towns)


def is_crossing(doc: Doc, end: int, start: int) -> bool:
    """Tell whether the text between two names marks a crossing.

    For instance `Fernández de los Ríos con Gaztambide`.
    """
    return 0 < start - end <= _GAP and doc.text[end:start].strip().lower() in _CROSSING


def towns_around(doc: Doc, towns: Towns, spans: Sequence[tuple[int, int, int, int]]) -> list[tuple[str, ...]]:
    """Return what other towns in the text imply for each mention.

    A mention (begin, after, start, end) may be of another town, may be a town itself, or the post may be about one.
    """
    named = list(towns.towns_meant(doc))
    features: list[tuple[str, ...]] = []
    for begin, after, _, end in spans:
        here = after
        while here < len(doc.tokens) and doc.tokens[here].start < end:
            here += 1
        implied = []
        if towns.follows(doc, here, end):
            implied.append("town follows")
        inside = [each for each in named if each.begin < after and begin < each.after]
        if inside:
            implied.append("town itself" if inside[0].begin >= begin and inside[0].after <= after else "part of a town")
        elif named:
            implied.append("town named" if len(doc.text) > LONG_TEXT else "town named in a short text")
        if named and is_headed(doc, named, begin):
            implied.append("after a town")
        if towns.end_at(doc, begin) > after or is_end_of_town(doc, towns, begin, after):
            implied.append("part of a town")
        elif towns.end_at(doc, begin) >= after:
            implied.append("town of a place" if begin > 0 and _is_of(doc, begin, after) else "a town's name")
        features.append(tuple(implied))
    return features


def is_end_of_town(doc: Doc, towns: Towns, begin: int, after: int) -> bool:
    """Tell whether a name ends that of a town.

    As `Henares` in `Alcalá de Henares`.
    """
    return any(towns.end_at(doc, at) >= after for at in range(max(0, begin - _LONGEST_TOWN), begin))


def is_headed(doc: Doc, named: Sequence[Named], begin: int) -> bool:
    """Tell whether a town is named right before.

    As in `Leganés, en la calle Mayor`.
    """
    at = begin
    while at > 0 and doc.tokens[at - 1].word in _INTO_ADDRESS:
        at -= 1
    return any(town.after == at and doc.gap(at - 1).strip() in (",", ":", "(") for town in named)


def follows_indefinite(doc: Doc, begin: int) -> bool:
    """Tell whether an indefinite article precedes a lower-case word.

    As in `una gran vía`.
    """
    if begin == 0 or doc.capital(begin) or doc.begins_sentence(begin):
        return False
    return doc.tokens[begin - 1].word in _INDEFINITE and doc.joined[begin - 1]


def _is_of(doc: Doc, begin: int, after: int) -> bool:
    """Tell whether a town qualifies the name before it.

    As `Sevilla` in `plaza de Santa Ana de Sevilla`: behind a capitalised word, with `de` or a comma between.
    """
    if doc.gap(begin - 1).strip() in (",", "("):
        return doc.tokens[begin - 1].capital and not is_listed(doc, after)
    if begin < 2 or doc.tokens[begin - 1].word != "de":
        return False
    name = begin - 2
    # `Mayor 24 de Toledo` is of the town, `a la altura del 30 de Cartagena` is not
    if name and doc.text[doc.tokens[name].start].isdigit():
        name -= 1
    return doc.tokens[name].capital
