"""Choose between places of the same name, with a probability."""

from collections.abc import Collection, Iterable
from typing import NamedTuple

from core.records.annotation import Place
from gazetteer.entry import Entry, Name, Part
from gazetteer.finding.candidates import Mention
from gazetteer.finding.trie import Hit
from gazetteer.place_types import STREETS, related

_KINDS = {"district": 32.0, "barrio": 16.0, "landmark": 8.0, "station": 5.0, "square": 3.0, "street": 3.0, "old_name": 0.6, "stop": 0.3}
"""Weight of a bare name: district before barrio, landmark, station, street, old name, bus stop."""
_OWN = 20.0
"""A name of the city's own list, used without a type word: the list holds what people mean (`Castellana`, `Lavapiés`)."""
_BOUND = 0.12
"""A name without its type word: `Colón` alone is rarely the Calle Colón."""
_BOUND_LANDMARK = 0.01
"""The same for landmarks: `Goya` alone is not his statue, `Lope de Vega` not the school."""
_LARGE = 20.0
"""A street of this weight is twice as likely as a tiny one, but never likelier than a station."""
_RELATED, _OTHER = 0.04, 0.02
"""With a type word that people confuse with its own; with another one (`parque de Sanchinarro` is in Sanchinarro)."""
_AREA_WORD = 4.0
_NUMBER_HOLDS, _NUMBER_FAILS = 4.0, 0.15
_SAME_DISTRICT = 8.0
"""Another place of the post is in the same district."""
_SAME_SPOT = 0.7
"""A rival in the same district (barrio Goya, metro Goya) leaves the answer nearly right."""
_NAME = 0.7
"""Maximum probability under a name that fits other places better."""
_ONLY_WITHIN = 0.5
"""Maximum probability of a place that is only known to be within another."""

_LEAST, _MOST = 0.02, 6
"""Minimum probability, and maximum number, of candidates."""
_ROUGH = 0.8
"""Maximum probability of an approximate point."""
_NO_HOUSES = 0.02
"""A station, a barrio or a landmark has no house number: where a street of its name has it, the street is meant."""


class _Rival(NamedTuple):
    weight: float
    entry: Entry
    name: Name


def choose(mention: Mention, text: str, hint_districts: Collection[str] = ()) -> Place:
    """Return the likeliest place of this name; `unresolved` for an unknown name."""
    rivals = _rivals(mention, hint_districts)
    if not rivals:
        return Place(text=text)
    best = max(rivals.values(), key=lambda rival: (rival.weight, rival.entry.key))
    others = [rival for rival in rivals.values() if rival is not best]
    sure = _sure(best, others)
    sure *= _NAME + (1 - _NAME) * best.name.weight
    if mention.group and not _goes_with(mention.group, best.name):
        sure *= _ONLY_WITHIN
    if mention.group == best.name.group:
        others = [rival for rival in others if rival.name.group == mention.group]
    return _place(best.entry, mention.number, text, sure, len(others))


def candidates(mention: Mention, text: str, best: Place, hint_districts: Collection[str] = ()) -> tuple[Place, ...]:
    """Return where else a mention may be, surest first.

    Other places of this name, and the segments of a street whose house number is not given.
    """
    rivals = _rivals(mention, hint_districts)
    total = sum(rival.weight for rival in rivals.values())
    found = []
    for rival in rivals.values():
        sure = best.sure if rival.entry.key == best.key else rival.weight / total * (1 - best.sure)
        if sure < _LEAST:
            continue
        if rival.entry.key != best.key or best.lat is None:
            found += _spots(rival.entry, mention.number, text, sure, len(rivals) - 1)
    found.sort(key=lambda place: (-place.sure, place.key or "", place.lat or 0.0))
    return tuple(found[:_MOST])


def _spots(entry: Entry, number: int | None, text: str, sure: float, others: int) -> list[Place]:
    """Return the place with the best coordinates known.

    Those of its segments for a long street, else rough ones.
    """
    place = _place(entry, number, text, sure, others)
    if place.lat is not None:
        return [place]
    placed = [part for part in entry.parts if part.lat is not None] if number is None else []
    if not placed:
        lat, lon = entry.rough or (None, None)
        return [place.model_copy(update={"lat": lat, "lon": lon, "sure": round(sure * _ROUGH, 4)})]
    share = round(sure / len(placed), 4)
    return [
        place.model_copy(update={"district": part.district or None, "barrio": part.barrio, "lat": part.lat, "lon": part.lon, "sure": share})
        for part in placed
    ]


def _rivals(mention: Mention, hint_districts: Collection[str]) -> dict[str, _Rival]:
    """Return the places of this name by key, with their best name."""
    rivals: dict[str, _Rival] = {}
    for entry, name in mention.hits:
        rival = _Rival(_weight((entry, name), mention, hint_districts), entry, name)
        if entry.key not in rivals or rival.weight > rivals[entry.key].weight:
            rivals[entry.key] = rival
    return rivals


def _weight(hit: Hit, mention: Mention, hint_districts: Collection[str]) -> float:
    entry, name = hit
    group = mention.group or (mention.area if mention.area in STREETS else "")
    weight = _KINDS[entry.kind] * name.weight
    if group:
        official = name.weight == 1.0 and entry.kind != "old_name"  # a large street never overtakes one that bears the name itself
        weight *= (entry.weight if official else 1.0) * (1.0 if group == name.group else _RELATED if related(group, name.group) else _OTHER)
    elif name.own:
        weight = max(weight, _OWN)
    elif not name.free:
        weight *= _BOUND_LANDMARK if entry.kind == "landmark" else _BOUND * (1 + min(entry.weight, _LARGE) / _LARGE)
    if mention.area and mention.area == name.group:
        weight *= _AREA_WORD
    if mention.number is not None and entry.parts:
        weight *= _NUMBER_HOLDS if _part(entry, mention.number) else _NUMBER_FAILS
    elif mention.number is not None and not entry.street and _is_some_street(mention):
        weight *= _NO_HOUSES
    if not set(hint_districts).isdisjoint(entry.districts):
        weight *= _SAME_DISTRICT
    return weight


def _is_some_street(mention: Mention) -> bool:
    return any(part.holds(mention.number) for entry, _ in mention.hits for part in entry.parts if mention.number is not None)


def _goes_with(group: str, name: Name) -> bool:
    return group == name.group or related(group, name.group)


def _sure(best: _Rival, others: list[_Rival]) -> float:
    near = sum(rival.weight for rival in others if not set(rival.entry.districts).isdisjoint(best.entry.districts))
    total = best.weight + sum(rival.weight for rival in others)
    return (best.weight + _SAME_SPOT * near) / total


def _part(entry: Entry, number: int) -> Part | None:
    return next((part for part in entry.parts if part.holds(number)), None)


def _place(entry: Entry, number: int | None, text: str, sure: float, others: int) -> Place:
    part = _part(entry, number) if number is not None else None
    if part is None:
        district, barrio, lat, lon = _only(entry.districts), _only(entry.barrios), entry.lat, entry.lon
    else:
        district, barrio = part.district or _only(entry.districts), part.barrio or _only(entry.barrios)
        lat, lon = (part.lat, part.lon) if part.lat is not None else (entry.lat, entry.lon)
    return Place(
        text=text,
        kind=entry.kind,
        key=entry.key,
        name=entry.name,
        street=entry.street,
        district=district,
        barrio=barrio,
        lat=lat,
        lon=lon,
        sure=round(sure, 4),
        ambiguous=others,
    )


def _only(names: Iterable[str]) -> str | None:
    """Return the only name; None for several names or none.

    A street through six districts is in none of them.
    """
    found = list(names)
    return found[0] if len(found) == 1 else None
