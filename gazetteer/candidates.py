"""Every stretch of a text that may name a place, with what speaks for and against it."""

from collections.abc import Sequence
from typing import NamedTuple

from gazetteer.context import LONG, before, behind, crosses, goes_on, is_date, number_near, towns_around
from gazetteer.house_numbers import house_number
from gazetteer.names import JOINING
from gazetteer.place_types import STREETS
from gazetteer.spans import PLACING, Span, after_phrase, at_a_street, bare, may_begin, typed
from gazetteer.surroundings import announced, article_before, flanked, owned, takes_article
from gazetteer.tokens import Text, cut
from gazetteer.towns import Towns
from gazetteer.trie import Hit, TrieNode

_AND = frozenset([",", "y", "e", ", y"])
_CROSSING = frozenset(["con", "con la", "esquina", "esquina con", "esquina a", "cruce con", "hasta", "/", "-"])
_MY = frozenset(["mi", "tu", "su", "nuestra", "nuestro"])
_LIST_GAP = 15
"""Characters between two streets of a list."""


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
    """Its name is also an everyday word (`centro`, `sol`, `fin de semana`)."""
    placed: bool
    """The word before it is one that places stand after (`en`, `hasta`)."""
    first: bool
    """It begins a sentence, where the capital letter means nothing."""
    flanked: bool
    """Another capitalised word touches it: likely part of a longer name, often a person's."""
    owned: bool
    """A capitalised word and `de` stand before it (`Alcalá de Henares`)."""
    shouted: bool
    """The text is written in capitals, which mean nothing there."""
    beside: tuple[str, ...] = ()
    """What it stands beside (`en`, a colon, a street that crosses it, another town): see `gazetteer.context`."""


def mentions(text: str, tree: TrieNode, ordinary: frozenset[str], towns: Towns) -> list[Mention]:
    """All stretches that may name a place, left to right, the longest at each point, none overlapping."""
    read = cut(text)
    at = 0
    found: list[Mention] = []
    spans: list[tuple[int, int, int, int]] = []
    while at < len(read.tokens):
        if not may_begin(read.tokens[at].word, tree):  # spares most words the rest
            at += 1
            continue
        span = typed(read, at, tree)
        if span is None:
            span = bare(read, at, tree, ordinary)
        elif span.group not in STREETS:
            span = at_a_street(read, span, tree) or span
        if span is None:
            at = max(at + 1, after_phrase(read, at))
            continue
        mention = _carried_on(read, found[-1] if found else None, _mention(read, span, ordinary))
        found.append(mention)
        spans.append((span.begin, span.after, mention.start, mention.end))
        at = span.after
        while at < len(read.tokens) and read.tokens[at].start < mention.end:  # the house number is no name of its own
            at += 1
    return _beside_each_other(read, found, spans, towns) if found else []


def _beside_each_other(
    read: Text, found: Sequence[Mention], spans: Sequence[tuple[int, int, int, int]], towns: Towns
) -> list[Mention]:
    """The mentions with what other mentions and other towns say of them."""
    crossed: set[int] = set()
    for at in range(len(found) - 1):
        if crosses(read, found[at].end, found[at + 1].start) and _may_cross(found[at]) and _may_cross(found[at + 1]):
            crossed |= {at, at + 1}
    sure = [bool(mention.group and mention.hits) or _number_holds(mention) for mention in found]
    told = towns_around(read, towns, spans)
    return [
        mention._replace(
            beside=(
                *mention.beside,
                *told[at],
                *(("a crossing street",) if at in crossed else ()),
                *(("a sure place",) if sum(sure) > sure[at] else ()),
            )
        )
        for at, mention in enumerate(found)
    ]


def _may_cross(mention: Mention) -> bool:
    return (mention.group in STREETS) if mention.group else any(entry.street for entry, _ in mention.hits)


def _number_holds(mention: Mention) -> bool:
    """True when a street of this name has this house number."""
    number = mention.number
    return number is not None and any(part.holds(number) for entry, _ in mention.hits for part in entry.parts)


def _carried_on(read: Text, before: Mention | None, mention: Mention) -> Mention:
    """The mention as the one before it announces it: `las calles Goya, Jorge Juan y Alcalá`, `calle Oca con Oporto`."""
    if before is None or mention.group or mention.area or mention.start - before.end > _LIST_GAP:
        return mention
    gap = read.text[before.end : mention.start].strip().lower()
    listed = before.area in STREETS and gap in _AND
    crossed = gap in _CROSSING and _is_street(before)
    return mention._replace(area="calle") if listed or crossed else mention


def _is_street(mention: Mention) -> bool:
    """`calle Oca`, or `Bravo Murillo`, which no area or station is called."""
    if mention.group or mention.area:
        return (mention.group or mention.area) in STREETS
    return any(entry.street for entry, _ in mention.hits) and not any(name.free for _, name in mention.hits)


def _mention(read: Text, span: Span, ordinary: frozenset[str]) -> Mention:
    here = [at for at in range(span.name, span.after) if read.tokens[at].word not in JOINING]
    name = tuple(read.tokens[at].word for at in here)
    capital = all(read.capital(at) for at in here)
    article = "" if span.group else article_before(read, span)
    begin = span.begin - 1 if article and takes_article(read, span.begin) else span.begin
    number, end = house_number(read, span.after, span.group, span.hits)
    said = number
    if said is None and (span.group in STREETS or any(entry.street for entry, _ in span.hits)):
        said = number_near(read, read.tokens[begin].start, end)
    mention = Mention(
        start=read.tokens[begin].start,
        end=end,
        group=span.group,
        area="" if span.group else announced(read, span.begin),
        # `La Latina` is the quarter, not the district Latina
        hits=tuple(hit for hit in span.hits if not article or hit[1].article == article),
        number=said,
        name=name,
        capital=capital,
        ordinary=" ".join(name) in ordinary,
        placed=begin > 0 and read.tokens[begin - 1].word in PLACING and "." not in read.gap(begin - 1),
        first=read.begins_sentence(begin),
        flanked=capital and not span.group and flanked(read, begin, span.after, number),
        owned=not span.group and owned(read, begin),
        shouted=read.shouting,
    )
    beside: tuple[str, ...] = ("then de and a name",) if goes_on(read, span.after) else ()
    if len(read.text) > LONG:
        beside += ("a long text",)
    if span.group:
        return mention._replace(
            beside=(*beside, "after mi") if begin > 0 and read.tokens[begin - 1].word in _MY else beside
        )
    mark = behind(read, end)
    beside += (f"after {before(read, begin)}", *((f"then {mark}",) if mark else ()))
    if is_date(name):
        beside += ("a date",)
    if not article and any(hit[1].article for hit in span.hits) and not capital:
        beside += ("without its article",)
    if said is not None:
        beside += ("number holds" if _number_holds(mention) else "number fails",)
        beside += ("number beside" if number is not None else "number near",)
    return mention._replace(beside=beside)
