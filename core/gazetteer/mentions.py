"""Finds where a text seems to name a place: a type word with a name after it, or a name alone that the gazetteer knows."""

from collections.abc import Iterator
from typing import NamedTuple

from core.gazetteer.names import ARTICLES, JOINING
from core.gazetteer.numbers import house_number
from core.gazetteer.text import Text, cut
from core.gazetteer.tree import Hit, Node
from core.gazetteer.types import AREA_WORDS, GENERIC, LONGEST_TYPE, STREETS, TYPE_WORDS, WEAK_TYPES, related

_PLACING = frozenset(
    [
        "en",
        "por",
        "hasta",
        "desde",
        "hacia",
        "entre",
        "junto",
        "a",
        "frente",
        "tras",
        "sobre",
        "con",
        "y",
        "e",
        "de",
        "del",
        "al",
    ]
)
"""Words that a place often stands after."""
_NUMBERED = ("calle", "plaza")
"""Some of these have a number for a name (`Calle 30`)."""
_AREAS = ("district", "barrio", "landmark")


class Mention(NamedTuple):
    """A stretch of text that may name a place, and what speaks for and against it."""

    start: int
    end: int
    group: str
    """Group of the type word it begins with (`calle`); '' for none."""
    area: str
    """Group of the word that announces it (`barrio de`, `calles`); '' for none."""
    hits: tuple[Hit, ...]
    """The places that bear this name; none for a type word with a name nobody knows (`colegio Hostos`)."""
    number: int | None
    """House number."""
    name: tuple[str, ...]
    """The folded words of the name, without type word."""
    capital: bool
    """Every word of the name begins with a capital letter."""
    ordinary: bool
    """Its one word is also an everyday word (`centro`, `sol`)."""
    placed: bool
    """The word before it is one that places stand after (`en`, `hasta`)."""
    first: bool
    """It begins a sentence, where the capital letter means nothing."""
    flanked: bool
    """Another capitalised word touches it: likely part of a longer name, often a person's."""
    owned: bool
    """A capitalised word and `de` stand before it (`Alcalá de Henares`)."""


class _Span(NamedTuple):
    """Words of a mention: where it begins, where its name begins, and the word after it."""

    begin: int
    name: int
    after: int
    group: str
    hits: tuple[Hit, ...]


def mentions(text: str, tree: Node, ordinary: frozenset[str]) -> Iterator[Mention]:
    """All stretches that may name a place, left to right, the longest at each point, none overlapping."""
    read = cut(text)
    at = 0
    while at < len(read.tokens):
        span = _typed(read, at, tree) or _bare(read, at, tree, ordinary)
        if span is None:
            at = max(at + 1, _after_phrase(read, at))
            continue
        mention = _mention(read, span, ordinary)
        yield mention
        at = span.after
        while at < len(read.tokens) and read.tokens[at].start < mention.end:  # the house number is no name of its own
            at += 1


def _typed(read: Text, at: int, tree: Node) -> _Span | None:
    """A type word and the name after it."""
    group, name = _type_word(read, at)
    if not group:
        return None
    known = _known(read, at, group, name, tree)
    if known is not None:
        return known
    whole = [(after, hits) for after, hits in tree.names_at(read, at) if after > name]
    if whole:  # `Puente de Vallecas`: the type word is part of the name itself
        return _Span(at, at, whole[0][0], "", tuple(whole[0][1]))
    inner, inner_name = _type_word(read, name)
    if inner:  # `calle Camino de las Cruces` is one name; `parque de la calle Boston` names the street
        return _known(read, at if group == "calle" or inner not in STREETS else name, inner, inner_name, tree)
    after = read.capitalised(name)
    if after == name or read.shouting or group in WEAK_TYPES or read.tokens[after - 1].word in GENERIC:
        return None
    for end, hits in tree.names_at(read, name)[:1]:  # `parque de Sanchinarro`: no such park, but it lies in Sanchinarro
        within = tuple((entry, said) for entry, said in hits if entry.kind in _AREAS and said.free)
        if within:
            return _Span(at, name, max(after, end), group, within)
    return _Span(at, name, after, group, ())


def _known(read: Text, begin: int, group: str, name: int, tree: Node) -> _Span | None:
    """The longest name after a type word that the gazetteer knows with such a type word."""
    for after, all_hits in tree.names_at(read, name):
        if group not in _NUMBERED and after == name + 1 and read.tokens[name].word.isdigit():
            continue  # `carrera de 7 euros`
        hits = tuple(hit for hit in all_hits if group == hit[1].group or related(group, hit[1].group))
        if hits:
            return _Span(begin, name, after, group, hits)
    return None


def _type_word(read: Text, at: int) -> tuple[str, int]:
    """The group of the longest type phrase at this word, and the word where the name after it begins; ('', at) for none."""
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


def _after_phrase(read: Text, at: int) -> int:
    """The word after a type phrase that no name follows: the `Centro` of `Centro de Salud` is no district."""
    group, name = _type_word(read, at)
    return name if group and name - at > 1 and read.tokens[at].word not in ("c", "zona") else at


def _is_calle(read: Text, at: int) -> bool:
    """`C/`, `c.` and a capital `C` before a capital are calle; any other lone c is not."""
    following = read.tokens[at + 1]
    if "/" in read.gap(at):
        return True
    return following.end - following.start > 2 and (
        "." in read.gap(at) or (read.tokens[at].capital and following.capital)
    )


def _bare(read: Text, at: int, tree: Node, ordinary: frozenset[str]) -> _Span | None:
    """A name without a type word. In small letters it must be said so, or be of several words after a preposition."""
    for after, all_hits in tree.names_at(read, at):
        hits = tuple(
            hit for hit in all_hits if hit[1].free or hit[1].weight == 1.0
        )  # a shortened name needs its type word
        content = [here for here in range(at, after) if read.tokens[here].word not in JOINING]
        if not hits or not _is_name(read, content):
            continue
        said = any(name.free for _, name in hits) and (len(content) > 1 or read.tokens[at].word not in ordinary)
        capital = all(read.capital(here) for here in content)
        phrase = len(content) > 1 and at > 0 and read.tokens[at - 1].word in _PLACING
        if capital or said or phrase or house_number(read, after, "", hits)[0] is not None:
            return _Span(at, at, after, "", hits)
    return None


def _is_name(read: Text, content: list[int]) -> bool:
    """False for a bare number, and for a letter and a number that are no road (`M-30` is one, `a las cinco` not)."""
    if all(read.tokens[here].word.isdigit() for here in content):
        return False
    if len(read.tokens[content[0]].word) > 1:
        return True
    return len(content) > 1 and content[1] == content[0] + 1 and read.text[read.tokens[content[1]].start].isdigit()


def _mention(read: Text, span: _Span, ordinary: frozenset[str]) -> Mention:
    name = [here for here in range(span.name, span.after) if read.tokens[here].word not in JOINING]
    capital = all(read.capital(here) for here in name)
    begin = span.begin if span.group else _own_article(read, span)
    number, end = house_number(read, span.after, span.group, span.hits)
    return Mention(
        start=read.tokens[begin].start,
        end=end,
        group=span.group,
        area="" if span.group else _announced(read, span.begin),
        hits=span.hits,
        number=number,
        name=tuple(read.tokens[here].word for here in name),
        capital=capital,
        ordinary=len(name) == 1 and read.tokens[name[0]].word in ordinary,
        placed=begin > 0 and read.tokens[begin - 1].word in _PLACING and "." not in read.gap(begin - 1),
        first=read.begins_sentence(begin),
        flanked=capital and not span.group and _flanked(read, begin, span.after, number),
        owned=not span.group and _owned(read, begin),
    )


def _flanked(read: Text, begin: int, after: int, number: int | None) -> bool:
    before = begin > 0 and read.capital(begin - 1) and read.joined[begin - 1] and not read.begins_sentence(begin - 1)
    return before or (number is None and read.joined[after - 1] and read.capital(after))


def _owned(read: Text, begin: int) -> bool:
    if (
        begin < 2
        or read.tokens[begin - 1].word not in JOINING
        or not read.joined[begin - 1]
        or not read.joined[begin - 2]
    ):
        return False
    return read.capital(begin - 2) and not read.begins_sentence(begin - 2)


def _announced(read: Text, at: int) -> str:
    """The group of the word that announces a bare name: `barrio de`, `calles`."""
    back = at - 1
    while back >= 0 and at - back <= 3 and read.tokens[back].word in JOINING and read.joined[back]:
        back -= 1
    return AREA_WORDS.get((read.tokens[back].word,), "") if back >= 0 and read.joined[back] else ""


def _own_article(read: Text, span: _Span) -> int:
    """The word where a bare name begins: at its article, when that is part of it (`Las Tablas`, `El Retiro`; not `el Retiro`)."""
    at = span.begin
    if (
        at == 0
        or not read.joined[at - 1]
        or read.tokens[at - 1].word not in {name.article for _, name in span.hits} & ARTICLES
    ):
        return at
    plural = read.tokens[at - 1].word in ("los", "las")
    return at - 1 if plural or read.capital(at - 1) or not read.tokens[at].capital else at
