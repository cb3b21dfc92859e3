"""Finds the words of a text that may be the name of a place: after a type word (`calle de la Palma`), or alone (`Lavapiés`)."""

from typing import NamedTuple

from gazetteer.house_numbers import house_number
from gazetteer.names import JOINING
from gazetteer.place_types import AREA_WORDS, GENERIC, LONGEST_TYPE, STREETS, TYPE_WORDS, WEAK_TYPES, related
from gazetteer.tokens import Text
from gazetteer.trie import Hit, TrieNode

PLACING = frozenset(
    ("en", "por", "hasta", "desde", "hacia", "entre", "junto", "a", "frente", "tras", "sobre", "con", "y", "e", "de", "del", "al")
)  # fmt: skip
"""Words that a place often stands after."""
_NUMBERED = ("calle", "plaza")
"""Some of these have a number for a name (`Calle 30`)."""
_AREAS = ("district", "barrio", "landmark")
_FIRST_OF_TYPE = frozenset(phrase[0] for phrase in TYPE_WORDS)
_SHORTEST_SMALL = 4
"""Letters of a single name in small letters."""
_BEFORE_SMALL = PLACING | {"todo", "toda", "metro", "numero"}


class Span(NamedTuple):
    """Words of a mention: where it begins, where its name begins, and the word after it."""

    begin: int
    name: int
    after: int
    group: str
    hits: tuple[Hit, ...]


def may_begin(word: str, tree: TrieNode) -> bool:
    """Tell whether a type phrase or a known name can begin with this word."""
    return word in _FIRST_OF_TYPE or (word in tree.following and word not in JOINING)


def typed(read: Text, at: int, tree: TrieNode) -> Span | None:
    """A type word and the name after it."""
    group, name = _type_word(read, at)
    if not group:
        return None
    known = _known(read, at, group, name, tree)
    if known is not None:
        return known
    whole = [(after, hits) for after, hits in tree.names_at(read, at) if after > name]
    if whole:  # `Puente de Vallecas`: the type word is part of the name itself
        return Span(at, at, whole[0][0], "", tuple(whole[0][1]))
    inner, inner_name = _type_word(read, name)
    if inner:  # `calle Camino de las Cruces` is one name; `parque de la calle Boston` names the street
        return _known(read, at if group == "calle" or inner not in STREETS else name, inner, inner_name, tree)
    after = read.capitalised(name)
    if after == name or read.shouting or group in WEAK_TYPES or read.tokens[after - 1].word in GENERIC:
        return None
    for end, hits in tree.names_at(read, name)[:1]:  # `parque de Sanchinarro`: no such park, but it lies in Sanchinarro
        within = tuple((entry, said) for entry, said in hits if entry.kind in _AREAS and said.free)
        if within:
            return Span(at, name, max(after, end), group, within)
    return Span(at, name, after, group, ())


def at_a_street(read: Text, span: Span, tree: TrieNode) -> Span | None:
    """The street of `colegio de Padre Damián 20`: a school has no house number, the street it stands in has."""
    for after, all_hits in tree.names_at(read, span.name):
        streets = tuple(hit for hit in all_hits if hit[0].street and hit[1].weight == 1.0)
        number = house_number(read, after, "", streets)[0] if streets and after >= span.after else None
        if number is not None and any(part.holds(number) for entry, _ in streets for part in entry.parts):
            return Span(span.name, span.name, after, "", streets)
    return None


def _known(read: Text, begin: int, group: str, name: int, tree: TrieNode) -> Span | None:
    """The longest name after a type word that the gazetteer knows with such a type word."""
    for after, all_hits in tree.names_at(read, name):
        if group not in _NUMBERED and after == name + 1 and read.tokens[name].word.isdigit():
            continue  # `carrera de 7 euros`
        if _is_no_road(read, [here for here in range(name, after) if read.tokens[here].word not in JOINING]):
            continue  # `una calle a las 4`
        hits = tuple(hit for hit in all_hits if group == hit[1].group or related(group, hit[1].group))
        if hits:
            return Span(begin, name, after, group, hits)
    return None


def _type_word(read: Text, at: int) -> tuple[str, int]:
    """The group of the longest type phrase at this word, and the word where the name after it begins; ('', at) for none."""
    if read.tokens[at].word not in _FIRST_OF_TYPE:
        return "", at
    phrase: tuple[str, ...] = ()
    best, name = "", at
    for here in range(at, len(read.tokens) - 1):
        word = read.tokens[here].word
        if word not in JOINING:
            phrase += (word,)
        group = TYPE_WORDS.get(phrase)
        if not phrase or len(phrase) > LONGEST_TYPE or not read.joined[here]:
            break
        if group and (word != "c" or _is_calle(read, here)):
            best, name = group, here + 1
    while best and read.tokens[name].word in JOINING and read.joined[name]:
        name += 1
    return best, name


def after_phrase(read: Text, at: int) -> int:
    """The word after a type phrase that no name follows: the `Centro` of `Centro de Salud` is no district."""
    group, name = _type_word(read, at)
    return name if group and name - at > 1 and read.tokens[at].word not in ("c", "zona") else at


def _is_calle(read: Text, at: int) -> bool:
    """`C/`, `c.` and a capital `C` before a capital are calle; any other lone c is not."""
    gap, following = read.gap(at), read.tokens[at + 1]
    if "/" in gap:
        return True
    spoken = "." in gap or (read.tokens[at].capital and following.capital)
    return spoken and following.end - following.start > 2


def bare(read: Text, at: int, tree: TrieNode, ordinary: frozenset[str]) -> Span | None:
    """A name without a type word. In small letters it must be said so, or be of several words after a preposition."""
    for after, all_hits in tree.names_at(read, at):
        # a shortened name (`Tierno Galván`) needs its type word
        hits = tuple(hit for hit in all_hits if hit[1].free or hit[1].weight == 1.0)
        content = [here for here in range(at, after) if read.tokens[here].word not in JOINING]
        if not hits or _is_no_road(read, content) or all(read.tokens[here].word.isdigit() for here in content):
            continue
        capital = all(read.capital(here) for here in content)
        everyday = " ".join(read.tokens[here].word for here in content) in ordinary
        said = not everyday and any(name.free for _, name in hits)
        if (
            capital
            or said
            or _may_be_small(read, at, content, everyday)
            or house_number(read, after, "", hits)[0] is not None
        ):
            return Span(at, at, after, "", hits)
    return None


def _may_be_small(read: Text, at: int, content: list[int], everyday: bool) -> bool:
    """Whether a name in small letters is looked at: one of several words, or one word behind a preposition or at the very beginning."""
    if everyday or read.tokens[content[0]].word in PLACING:
        return False
    if len(content) > 1:  # `distrito de Latina` is the district, not the street of this name
        return (read.tokens[content[0]].word,) not in AREA_WORDS or read.tokens[at - 1].word in PLACING
    token = read.tokens[content[0]]
    if token.end - token.start < _SHORTEST_SMALL or token.word.isdigit():
        return False
    return (
        at == 0
        or read.shouting
        or read.tokens[at - 1].word in _BEFORE_SMALL
        or read.tokens[at - 1].word in ("la", "el", "las", "los")
    )


def _is_no_road(read: Text, content: list[int]) -> bool:
    """True for a letter and a number that are no road: `M-30` and `m30` are one, `a las cinco` and `a 5` not."""
    if len(content) != 2 or len(read.tokens[content[0]].word) > 1 or not read.tokens[content[1]].word.isdigit():
        return False
    letter, number = content
    if number != letter + 1 or not read.text[read.tokens[number].start].isdigit():
        return True
    return read.gap(letter).isspace() and not read.tokens[letter].capital
