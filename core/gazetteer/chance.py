"""How likely it is that words which look like the name of a place are meant as one: the square `Sol`, not the sun."""

import math

from core.gazetteer.mentions import Mention
from core.gazetteer.types import STREETS

ENOUGH = 0.45
"""From this chance on the words count as a place (best F1 on `decide_madrid_labelled_es`, flat between .30 and .50)."""

# Weights of a logistic regression, made by `python -m nlp.training.place_chance`: each names what it looks at.
WEIGHTS: dict[str, float] = {
    "after another name and de": -0.95,
    "after barrio, distrito, zona": 0.81,
    "after calles, esquina": 1.82,
    "area": 0.66,
    "area, begins a sentence": -0.28,
    "area, one word": 0.63,
    "area, small": -1.77,
    "bound other": -1.94,
    "bound other, after a preposition": 0.36,
    "bound other, begins a sentence": -0.35,
    "bound other, one word": -1.55,
    "bound other, small": -0.25,
    "bound street": -0.54,
    "bound street, after a preposition": 0.36,
    "bound street, begins a sentence": -0.75,
    "bound street, one word": -2.28,
    "bound street, small": -0.30,
    "bound, everyday word": -3.47,
    "everyday word that touches another name": -0.17,
    "free, everyday word": -1.85,
    "house number": -0.49,
    "landmark": 1.26,
    "landmark, begins a sentence": -0.44,
    "landmark, small": -0.93,
    "station": 0.48,
    "station, after a preposition": 0.95,
    "station, one word": -1.53,
    "station, small": -0.61,
    "street": 0.97,
    "street, small": 0.09,
    "touches another name": -0.88,
    "typed": 0.48,
    "typed otherwise": -0.38,
    "typed otherwise, small": -1.10,
    "typed otherwise, street": 0.60,
    "typed unknown": -0.99,
    "typed unknown, many words": -0.17,
    "typed unknown, street": 0.70,
    "typed, but only once": -1.34,
    "typed, everyday word": -0.89,
    "typed, small": -0.17,
    "typed, street": 1.05,
}
_ALWAYS = 1.28


def chance(mention: Mention) -> float:
    """0..1: how likely these words name a place at all."""
    return 1 / (1 + math.exp(-_ALWAYS - sum(WEIGHTS.get(sign, 0.0) for sign in signs(mention))))


def signs(mention: Mention) -> list[str]:
    """What speaks for and against: the names of the weights that apply."""
    return _typed_signs(mention) if mention.group else _bare_signs(mention)


def _typed_signs(mention: Mention) -> list[str]:
    """`calle X`: does the gazetteer know X with this type word, with one like it, or not at all?"""
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
    }
    return [sign for sign, true in applies.items() if true]


def _bare_signs(mention: Mention) -> list[str]:
    """`X` alone: a name that is said so (area, landmark, station), or one that goes with a type word (`bound`)."""
    kind = _bare_kind(mention)
    applies = {
        kind: True,
        f"{kind}, small": not mention.capital,
        f"{kind}, one word": len(mention.name) == 1 and kind not in ("street", "landmark"),
        f"{kind}, after a preposition": mention.placed and (kind == "station" or kind.startswith("bound")),
        f"{kind}, begins a sentence": mention.first,
        f"{'bound' if kind.startswith('bound') else 'free'}, everyday word": mention.ordinary,
        "touches another name": mention.flanked,
        "everyday word that touches another name": mention.ordinary and mention.flanked,
        "after another name and de": mention.owned,
        "after barrio, distrito, zona": mention.area in ("barrio", "distrito", "zona"),
        "after calles, esquina": mention.area not in ("", "barrio", "distrito", "zona"),
        "house number": mention.number is not None,
    }
    return [sign for sign, true in applies.items() if true]


def _bare_kind(mention: Mention) -> str:
    free = {entry.kind for entry, name in mention.hits if name.free}
    if free & {"district", "barrio"}:
        return "area"
    if free:
        return next(kind for kind in ("landmark", "station", "street", "square") if kind in free).replace(
            "square", "street"
        )
    return "bound street" if any(entry.street for entry, _ in mention.hits) else "bound other"
