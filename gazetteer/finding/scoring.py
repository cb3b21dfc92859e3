"""Estimate the probability that words are meant as a place.

The square `Sol`, not the sun.
"""

import math

from gazetteer.finding.candidates import Mention
from gazetteer.finding.context import RULED_OUT
from gazetteer.place_types import STREETS

MIN_PROBABILITY = 0.55
"""Probability from which a span counts as a place without the tagger (precision .95, recall .91 on held-out authors)."""

# Weights of a logistic regression, fitted by `python -m workshop.training.train.place_prior`; the key is the feature.
WEIGHTS: dict[str, float] = {
    "after another name and de": -0.92,
    "after barrio, distrito, zona": 0.64,
    "after calles, esquina": 1.23,
    "area": 0.02,
    "area, begins a sentence": 0.01,
    "area, large": 0.25,
    "area, one word": 0.50,
    "area, shouted": -0.54,
    "area, small": -1.59,
    "bound other": -0.75,
    "bound other, begins a sentence": -0.19,
    "bound other, one word": -1.68,
    "bound other, small": 0.13,
    "bound street": -0.28,
    "bound street, begins a sentence": -0.42,
    "bound street, large": 1.39,
    "bound street, one word": -1.79,
    "bound street, shouted": -1.48,
    "bound street, small": -0.79,
    "bound, a crossing street": 1.87,
    "bound, a date": 0.25,
    "bound, a long text": -1.49,
    "bound, a sure place": -0.16,
    "bound, a town's name": -1.73,
    "bound, after a mark": -0.40,
    "bound, after a thing": -0.59,
    "bound, after a thing and de": 1.01,
    "bound, after a word": -0.70,
    "bound, after con, y": -0.17,
    "bound, after de": -0.17,
    "bound, after en": 0.39,
    "bound, after nothing": -0.61,
    "bound, after por, hasta": 0.20,
    "bound, everyday word": -2.93,
    "bound, number beside": 0.51,
    "bound, number fails": -0.94,
    "bound, number holds": 1.95,
    "bound, number near": 0.51,
    "bound, one small word": -1.13,
    "bound, small, after a mark": 0.78,
    "bound, small, after a thing and de": -0.30,
    "bound, small, after a word": -0.54,
    "bound, small, after con, y": -0.37,
    "bound, small, after de": -0.89,
    "bound, small, after en": 0.02,
    "bound, small, after nothing": 0.80,
    "bound, small, after por, hasta": -0.44,
    "bound, then colon": -0.38,
    "bound, then comma": 0.29,
    "bound, then de and a name": -0.50,
    "bound, then end": -0.04,
    "bound, town itself": -1.84,
    "bound, town named in a short text": -2.07,
    "everyday word that touches another name": 0.73,
    "free, a crossing street": 0.47,
    "free, a date": -1.26,
    "free, a long text": 0.08,
    "free, a sure place": -0.04,
    "free, a town's name": -1.08,
    "free, after a mark": 0.51,
    "free, after a thing": 0.33,
    "free, after a thing and de": 0.06,
    "free, after a word": -0.39,
    "free, after con, y": -0.26,
    "free, after de": -0.23,
    "free, after en": 1.20,
    "free, after nothing": -0.73,
    "free, after por, hasta": 0.53,
    "free, everyday word": -2.17,
    "free, number beside": 0.05,
    "free, number holds": 0.26,
    "free, number near": 0.29,
    "free, one small word": 0.47,
    "free, small, after a mark": 0.55,
    "free, small, after a thing and de": -0.59,
    "free, small, after a word": -0.53,
    "free, small, after con, y": -0.78,
    "free, small, after de": -0.70,
    "free, small, after en": -1.15,
    "free, small, after nothing": 0.79,
    "free, small, after por, hasta": -0.71,
    "free, then colon": -0.12,
    "free, then comma": 0.31,
    "free, then de and a name": -1.90,
    "free, then end": 0.25,
    "free, town named in a short text": -0.35,
    "free, without its article": -1.54,
    "landmark": 0.61,
    "landmark, begins a sentence": -0.35,
    "landmark, large": -0.12,
    "landmark, shouted": -0.24,
    "landmark, small": -0.82,
    "station": 0.36,
    "station, begins a sentence": -0.40,
    "station, large": 0.36,
    "station, one word": -1.23,
    "station, small": -0.56,
    "street": 0.04,
    "street, large": -0.09,
    "touches another name": -0.85,
    "typed": 0.91,
    "typed otherwise": -0.07,
    "typed otherwise, small": -1.57,
    "typed otherwise, street": 0.22,
    "typed unknown": -0.84,
    "typed unknown, many words": -0.11,
    "typed unknown, street": 0.02,
    "typed, a crossing street": 1.65,
    "typed, a long text": -0.61,
    "typed, a sure place": -0.44,
    "typed, everyday word": -1.04,
    "typed, house number": 0.16,
    "typed, small": -0.34,
    "typed, street": 0.58,
    "typed, then de and a name": -1.93,
    "typed, town named in a short text": -2.86,
}
_ALWAYS = 2.10
_RULED_OUT = 0.05
"""Probability of a name that its context rules out as a place of the city; set by hand, not learned."""
_LARGE = 7.0
"""Weight from which a street is large (36 known addresses)."""


def probability(mention: Mention) -> float:
    """Return the probability, 0..1, that these words name a place."""
    if not RULED_OUT.isdisjoint(mention.beside):
        return _RULED_OUT
    return 1 / (1 + math.exp(-_ALWAYS - sum(WEIGHTS.get(feature, 0.0) for feature in features(mention))))


def features(mention: Mention) -> list[str]:
    """Return the names of the weights that apply to a mention."""
    return _typed_signs(mention) if mention.group else _bare_signs(mention)


def _typed_signs(mention: Mention) -> list[str]:
    """Return the features of `calle X`.

    The gazetteer may have X with this type word, with a related one, or not at all.
    """
    if any(name.group == mention.group for _, name in mention.hits):
        known = "typed"
    else:
        known = "typed otherwise" if mention.hits else "typed unknown"
    applies = {
        known: True,
        f"{known}, street": mention.group in STREETS,
        f"{known}, small": not mention.capital,
        "typed, everyday word": mention.ordinary,
        "typed, but only once": bool(mention.hits) and all(entry.kind == "old_name" for entry, _ in mention.hits),
        "typed unknown, many words": known == "typed unknown" and len(mention.name) > 1,
        "typed, house number": mention.number is not None,
    }
    return [feature for feature, true in applies.items() if true] + [f"typed, {beside}" for beside in mention.beside]


def _bare_signs(mention: Mention) -> list[str]:
    """Return the features of `X` alone.

    It is a name said without a type word (area, landmark, station), or one that goes with a type word (`bound`).
    """
    kind = _bare_kind(mention)
    family = "bound" if kind.startswith("bound") else "free"
    small = not mention.capital and not mention.shouted
    one = len(mention.name) == 1
    applies = {
        kind: True,
        f"{kind}, small": small,
        f"{kind}, shouted": mention.shouted,
        f"{kind}, one word": one and kind not in ("street", "landmark"),
        f"{family}, one small word": one and small,
        f"{kind}, begins a sentence": mention.first,
        f"{kind}, large": max((entry.weight for entry, _ in mention.hits), default=0.0) >= _LARGE,
        f"{family}, everyday word": mention.ordinary,
        "touches another name": mention.flanked,
        "everyday word that touches another name": mention.ordinary and mention.flanked,
        "after another name and de": mention.owned,
        "after barrio, distrito, zona": mention.area in ("barrio", "distrito", "zona"),
        "after calles, esquina": mention.area not in ("", "barrio", "distrito", "zona"),
    }
    context = [f"{family}, {beside}" for beside in mention.beside]
    context += [f"{family}, small, {beside}" for beside in mention.beside if small and beside.startswith("after ")]
    return [feature for feature, true in applies.items() if true] + context


def _bare_kind(mention: Mention) -> str:
    free = {entry.kind for entry, name in mention.hits if name.free}
    if free & {"district", "barrio"}:
        return "area"
    if free:
        return next(kind for kind in ("landmark", "station", "street", "square") if kind in free).replace(
            "square", "street"
        )
    return "bound street" if any(entry.street for entry, _ in mention.hits) else "bound other"
