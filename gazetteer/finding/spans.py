"""Find the words of a text that may be a place name.

After a type word (`calle de la Palma`), or alone (`Lavapiés`).
"""

import re
from collections.abc import Callable
from typing import NamedTuple

from core.config.word_lists import locale_words
from gazetteer.finding.tokens import Doc
from gazetteer.finding.trie import Hit, TrieNode
from gazetteer.house_numbers import house_number
from gazetteer.names import JOINING
from gazetteer.place_types import AREA_WORDS, STREETS, WEAK_TYPES, PlaceTypes, related

PLACING = frozenset(locale_words("names")["placing"])
"""Words that often precede a place."""
_NUMBERED = ("calle", "plaza")
"""Types whose names may be numbers (`Calle 30`)."""
_AREAS = ("district", "barrio", "landmark")
_SHORTEST_SMALL = 4
"""Minimum letters of a single name in lower case."""
_DIGIT = re.compile(r"\d")
_NUMBER_WITHIN = 60
"""Characters after a type word in which a house number is looked for, before anything that takes longer."""
_LONGEST_MISSPELT = 6
"""Words, joining words included."""
_BEFORE_SMALL = PLACING | {"todo", "toda", "metro", "numero"}


Near = Callable[[str, tuple[str, ...]], tuple[Hit, ...]]
"""Give the places of a type whose names are one letter from these words."""


class Span(NamedTuple):
    """Hold the word positions of a mention: begin, name, after."""

    begin: int
    name: int
    after: int
    group: str
    hits: tuple[Hit, ...]


def may_begin(word: str, tree: TrieNode, types: PlaceTypes) -> bool:
    """Tell whether a type phrase or a known name can begin here."""
    return word in types.first_words or (word in tree.following and word not in JOINING)


def typed_span(doc: Doc, at: int, tree: TrieNode, types: PlaceTypes) -> Span | None:
    """Return the span of a type word and the name after it."""
    group, name = _type_word(doc, at, types)
    if not group:
        return None
    known = _known(doc, at, group, name, tree)
    if known is not None:
        return known
    whole = [(after, hits) for after, hits in tree.names_at(doc, at) if after > name]
    if whole:  # `Puente de Vallecas`: the type word is part of the name itself
        return Span(at, at, whole[0][0], "", tuple(whole[0][1]))
    inner, inner_name = _type_word(doc, name, types)
    if inner:  # `calle Camino de las Cruces` is one name; `parque de la calle Boston` names the street
        return _known(doc, at if group == "calle" else name, inner, inner_name, tree)
    after = doc.capitalised(name)
    if after == name or doc.shouting or group in WEAK_TYPES or doc.tokens[after - 1].word in types.not_names:
        return None
    for end, hits in tree.names_at(doc, name)[:1]:  # `parque de Sanchinarro`: no such park, but it is in Sanchinarro
        within = tuple((entry, alias) for entry, alias in hits if entry.kind in _AREAS and alias.free)
        if within:
            return Span(at, name, max(after, end), group, within)
    return Span(at, name, after, group, ())


def street_of_facility(doc: Doc, span: Span, tree: TrieNode) -> Span | None:
    """Return the street of `colegio de Padre Damián 20`, or None.

    A school has no house number, its street has; so has the square `Puerta del Sol`, whose name begins with a type word.
    """
    for begin in (span.begin, span.name):
        for after, all_hits in tree.names_at(doc, begin):
            streets = tuple(hit for hit in all_hits if hit[0].street and hit[1].weight == 1.0)
            number = house_number(doc, after, "", streets)[0] if streets and after >= span.after else None
            if number is not None and any(part.holds(number) for entry, _ in streets for part in entry.parts):
                return Span(begin, begin, after, "", streets)
    return None


def misspelt_span(doc: Doc, at: int, known: Span | None, types: PlaceTypes, near: Near) -> Span | None:
    """Return the span of a misspelt street with its number.

    None without one. `avenida de la alvufera 128`; `calle bravo morillo 95` too, although there is a Calle Bravo. The street must have
    this number.
    """
    end = doc.tokens[at].end
    if doc.tokens[at].word not in types.first_words or not _DIGIT.search(doc.text, end, end + _NUMBER_WITHIN):
        return None
    group, name = _type_word(doc, at, types)
    if group not in STREETS:
        return None
    after = name
    while after - name < _LONGEST_MISSPELT and after < len(doc.tokens) and _is_in_name(doc, after):
        after += 1
    if after == name or (known is not None and after <= known.after):
        return None
    words = tuple(doc.tokens[here].word for here in range(name, after) if doc.tokens[here].word not in JOINING)
    number = house_number(doc, after, group, ())[0]
    if number is None or not any(part.holds(number) for entry, _ in near(group, words) for part in entry.parts):
        return None
    return Span(at, name, after, group, ())


def _is_in_name(doc: Doc, at: int) -> bool:
    """Tell whether a word may be one of a street's name."""
    token = doc.tokens[at]
    return token.word != "numero" and doc.text[token.start].isalpha() and doc.joined[at - 1]


def _known(doc: Doc, begin: int, group: str, name: int, tree: TrieNode) -> Span | None:
    """Return the longest known name after a type word, or None.

    Its type must be this one or a related one.
    """
    for after, all_hits in tree.names_at(doc, name):
        if group not in _NUMBERED and after == name + 1 and doc.tokens[name].word.isdigit():
            continue  # `carrera de 7 euros`
        if _is_no_road(doc, [here for here in range(name, after) if doc.tokens[here].word not in JOINING]):
            continue  # `una calle a las 4`
        hits = tuple(hit for hit in all_hits if group == hit[1].group or related(group, hit[1].group))
        if hits:
            return Span(begin, name, after, group, hits)
    return None


def _type_word(doc: Doc, at: int, types: PlaceTypes) -> tuple[str, int]:
    """Return the group of the longest type phrase at this word.

    And the word where the name after it begins; `("", at)` for none.
    """
    if doc.tokens[at].word not in types.first_words:
        return "", at
    phrase: tuple[str, ...] = ()
    best, name = "", at
    for here in range(at, len(doc.tokens) - 1):
        word = doc.tokens[here].word
        if word not in JOINING:
            phrase += (word,)
        group = types.groups.get(phrase)
        if not phrase or len(phrase) > types.longest or not doc.joined[here]:
            break
        if group and (word != "c" or _is_calle(doc, here)):
            best, name = group, here + 1
    while best and doc.tokens[name].word in JOINING and doc.joined[name]:
        name += 1
    return best, name


def after_phrase(doc: Doc, at: int, types: PlaceTypes) -> int:
    """Return the word after a type phrase without a name.

    The `Centro` of `Centro de Salud` is not the district.
    """
    group, name = _type_word(doc, at, types)
    return name if group and name - at > 1 and doc.tokens[at].word not in ("c", "zona") else at


def _is_calle(doc: Doc, at: int) -> bool:
    """Tell whether a lone c means calle.

    `C/`, `c.` and a capital `C` before a capital do.
    """
    gap, following = doc.gap(at), doc.tokens[at + 1]
    if "/" in gap:
        return True
    spoken = "." in gap or (doc.tokens[at].capital and following.capital)
    return spoken and following.end - following.start > 2


def bare_span(doc: Doc, at: int, tree: TrieNode, ordinary: frozenset[str]) -> Span | None:
    """Return the span of a name without a type word, or None.

    In lower case it must be used alone (`free`), or have several words after a preposition.
    """
    for after, all_hits in tree.names_at(doc, at):
        # a shortened name (`Tierno Galván`) needs its type word
        hits = tuple(hit for hit in all_hits if hit[1].free or hit[1].weight == 1.0)
        content = [here for here in range(at, after) if doc.tokens[here].word not in JOINING]
        if not hits or _is_no_road(doc, content) or all(doc.tokens[here].word.isdigit() for here in content):
            continue
        capital = all(doc.capital(here) for here in content)
        everyday = " ".join(doc.tokens[here].word for here in content) in ordinary
        is_free = not everyday and any(name.free for _, name in hits)
        if capital or is_free or _may_be_small(doc, at, content, everyday) or house_number(doc, after, "", hits)[0] is not None:
            return Span(at, at, after, "", hits)
    return None


def _may_be_small(doc: Doc, at: int, content: list[int], everyday: bool) -> bool:
    """Tell whether a name in lower case is considered.

    One of several words, or one word after a preposition or at the very beginning.
    """
    if everyday or doc.tokens[content[0]].word in PLACING:
        return False
    if len(content) > 1:  # `distrito de Latina` is the district, not the street of this name
        return (doc.tokens[content[0]].word,) not in AREA_WORDS or doc.tokens[at - 1].word in PLACING
    token = doc.tokens[content[0]]
    if token.end - token.start < _SHORTEST_SMALL or token.word.isdigit():
        return False
    return at == 0 or doc.shouting or doc.tokens[at - 1].word in _BEFORE_SMALL or doc.tokens[at - 1].word in ("la", "el", "las", "los")


def _is_no_road(doc: Doc, content: list[int]) -> bool:
    """Return True for a letter and a number that are no road.

    `M-30` and `m30` are roads, `a las cinco` and `a 5` are not.
    """
    if len(content) != 2 or len(doc.tokens[content[0]].word) > 1 or not doc.tokens[content[1]].word.isdigit():
        return False
    letter, number = content
    if number != letter + 1 or not doc.text[doc.tokens[number].start].isdigit():
        return True
    return doc.gap(letter).isspace() and not doc.tokens[letter].capital
