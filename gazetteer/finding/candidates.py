"""Find every span of a text that may name a place.

Each carries the evidence for and against it.
"""

from collections.abc import Sequence
from typing import NamedTuple

from gazetteer.finding.context import (
    LONG_TEXT,
    following_mark,
    follows_indefinite,
    is_address_elsewhere,
    is_crossing,
    is_date,
    name_continues,
    number_near,
    preceding_context,
    towns_around,
)
from gazetteer.finding.spans import PLACING, Near, Span, after_phrase, bare_span, may_begin, misspelt_span, street_of_facility, typed_span
from gazetteer.finding.surroundings import announced_group, article_before, is_flanked, is_qualified, takes_article
from gazetteer.finding.tokens import Doc, tokenise
from gazetteer.finding.trie import Hit, TrieNode
from gazetteer.house_numbers import house_number
from gazetteer.names import JOINING
from gazetteer.place_types import STREETS, PlaceTypes
from gazetteer.towns import Towns

_AND = frozenset([",", "y", "e", ", y"])
_CROSSING = frozenset(["con", "con la", "esquina", "esquina con", "esquina a", "cruce con", "hasta", "/", "-"])
_MY = frozenset(["mi", "tu", "su", "nuestra", "nuestro"])
_LIST_GAP = 15
"""Maximum characters between two streets of a list."""


class Mention(NamedTuple):
    """Hold a span that may name a place, and the evidence."""

    start: int
    end: int
    group: str
    """Group of the type word it begins with (`calle`); '' for none."""
    area: str
    """Group of the word that precedes it (`barrio de`, `calles`); '' for none."""
    hits: tuple[Hit, ...]
    """The places of this name; none for a type word with an unknown name (`colegio Hostos`)."""
    number: int | None
    """House number."""
    name: tuple[str, ...]
    """The folded words of the name, without type word."""
    capital: bool
    """Every word of the name begins with a capital letter."""
    ordinary: bool
    """Its name is also an everyday word (`centro`, `sol`, `fin de semana`)."""
    placed: bool
    """The word before it often precedes places (`en`, `hasta`)."""
    first: bool
    """It begins a sentence, where capitalisation means nothing."""
    flanked: bool
    """Another capitalised word touches it: probably part of a longer name, often a person's."""
    owned: bool
    """A capitalised word and `de` precede it (`Alcalá de Henares`)."""
    shouted: bool
    """The text is in capitals, which then mean nothing."""
    beside: tuple[str, ...] = ()
    """Features of its context (`en`, a colon, a crossing street, another town): see `gazetteer.finding.context`."""


def find_mentions(text: str, tree: TrieNode, ordinary: frozenset[str], towns: Towns, types: PlaceTypes, near: Near) -> list[Mention]:
    """Return all spans that may name a place, left to right.

    The longest at each position, without overlaps.
    """
    doc = tokenise(text, types.respelt)
    at = 0
    found: list[Mention] = []
    spans: list[tuple[int, int, int, int]] = []
    while at < len(doc.tokens):
        if not may_begin(doc.tokens[at].word, tree, types):  # most words end here
            at += 1
            continue
        span = typed_span(doc, at, tree, types)
        span = misspelt_span(doc, at, span, types, near) or span
        if span is None:
            span = bare_span(doc, at, tree, ordinary)
        elif span.group not in STREETS:
            span = street_of_facility(doc, span, tree) or span
        if span is None:
            at = max(at + 1, after_phrase(doc, at, types))
            continue
        mention = _with_listed_type(doc, found[-1] if found else None, _mention(doc, span, ordinary, types))
        found.append(mention)
        spans.append((span.begin, span.after, mention.start, mention.end))
        at = span.after
        while at < len(doc.tokens) and doc.tokens[at].start < mention.end:  # skip the house number
            at += 1
    return _with_context(doc, found, spans, towns) if found else []


def _with_context(doc: Doc, found: Sequence[Mention], spans: Sequence[tuple[int, int, int, int]], towns: Towns) -> list[Mention]:
    """Add evidence from neighbouring mentions and other towns to each mention."""
    crossed: set[int] = set()
    for at in range(len(found) - 1):
        if is_crossing(doc, found[at].end, found[at + 1].start) and _may_cross(found[at]) and _may_cross(found[at + 1]):
            crossed |= {at, at + 1}
    sure = [bool(mention.group and mention.hits) or _number_holds(mention) for mention in found]
    town_features = towns_around(doc, towns, spans)
    return [
        mention._replace(
            beside=(
                *mention.beside,
                *town_features[at],
                *(("address of another town",) if _is_elsewhere(mention, town_features[at]) else ()),
                *(("date of a place",) if at and is_date(mention.name) and _touches(doc, found[at - 1], mention) else ()),
                *(("a crossing street",) if at in crossed else ()),
                *(("a sure place",) if sum(sure) > sure[at] else ()),
            )
        )
        for at, mention in enumerate(found)
    ]


def _is_elsewhere(mention: Mention, of_towns: Sequence[str]) -> bool:
    known = any(entry.parts for entry, _ in mention.hits) or not mention.hits
    is_here = _number_holds(mention) if known and (mention.number is not None or not mention.hits) else None
    return is_address_elsewhere(of_towns, mention.group in STREETS or mention.number is not None, is_here)


def _touches(doc: Doc, before: Mention, mention: Mention) -> bool:
    """Tell whether only a space separates two mentions.

    `Orense 12 de octubre`.
    """
    return doc.text[before.end : mention.start] == " "


def _may_cross(mention: Mention) -> bool:
    return (mention.group in STREETS) if mention.group else any(entry.street for entry, _ in mention.hits)


def _number_holds(mention: Mention) -> bool:
    """Tell whether a street of this name has this house number."""
    number = mention.number
    return number is not None and any(part.holds(number) for entry, _ in mention.hits for part in entry.parts)


def _with_listed_type(doc: Doc, before: Mention | None, mention: Mention) -> Mention:
    """Apply the type word of the previous mention to a listed one.

    For instance `las calles Goya, Jorge Juan y Alcalá`, `calle Oca con Oporto`.
    """
    if before is None or mention.group or mention.area or mention.start - before.end > _LIST_GAP:
        return mention
    gap = doc.text[before.end : mention.start].strip().lower()
    listed = before.area in STREETS and gap in _AND
    crossed = gap in _CROSSING and _is_street(before)
    return mention._replace(area="calle") if listed or crossed else mention


def _is_street(mention: Mention) -> bool:
    """Tell whether a mention is a street: `calle Oca`, or `Bravo Murillo`.

    No area or station is called `Bravo Murillo`.
    """
    if mention.group or mention.area:
        return (mention.group or mention.area) in STREETS
    return any(entry.street for entry, _ in mention.hits) and not any(name.free for _, name in mention.hits)


def _mention(doc: Doc, span: Span, ordinary: frozenset[str], types: PlaceTypes) -> Mention:
    here = [at for at in range(span.name, span.after) if doc.tokens[at].word not in JOINING]
    name = tuple(doc.tokens[at].word for at in here)
    capital = all(doc.capital(at) for at in here)
    article = "" if span.group else article_before(doc, span)
    begin = span.begin - 1 if article and takes_article(doc, span.begin) else span.begin
    number, end = house_number(doc, span.after, span.group, span.hits)
    implied = number
    if implied is None and (span.group in STREETS or any(entry.street for entry, _ in span.hits)):
        implied = number_near(doc.text, doc.tokens[begin].start, end)
    mention = Mention(
        start=doc.tokens[begin].start,
        end=end,
        group=span.group,
        area="" if span.group else announced_group(doc, span.begin),
        # `La Latina` is the quarter, not the district Latina
        hits=tuple(hit for hit in span.hits if not article or hit[1].article == article),
        number=implied,
        name=name,
        capital=capital,
        ordinary=" ".join(name) in ordinary,
        placed=begin > 0 and doc.tokens[begin - 1].word in PLACING and "." not in doc.gap(begin - 1),
        first=doc.begins_sentence(begin),
        flanked=capital and not span.group and is_flanked(doc, begin, span.after, number),
        owned=not span.group and is_qualified(doc, begin),
        shouted=doc.shouting,
    )
    beside: tuple[str, ...] = ("then de and a name",) if name_continues(doc, span.after) else ()
    if len(doc.text) > LONG_TEXT:
        beside += ("a long text",)
    if span.group:
        return mention._replace(beside=(*beside, "after mi") if begin > 0 and doc.tokens[begin - 1].word in _MY else beside)
    mark = following_mark(doc, end)
    beside += (f"after {preceding_context(doc, begin, types.things)}", *((f"then {mark}",) if mark else ()))
    if is_date(name):
        beside += ("a date",)
    if follows_indefinite(doc, begin):
        beside += ("after un",)
    if not article and any(hit[1].article for hit in span.hits) and not capital:
        beside += ("without its article",)
    if implied is not None:
        beside += ("number holds" if _number_holds(mention) else "number fails",)
        beside += ("number beside" if number is not None else "number near",)
    return mention._replace(beside=beside)
