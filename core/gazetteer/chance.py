"""How likely it is that words which look like the name of a place are meant as one: the square `Sol`, not the sun."""

import math

from core.gazetteer.mentions import Mention
from core.gazetteer.types import STREETS

ENOUGH = 0.4
"""From this chance on the words count as a place (best F1 on `decide_madrid_labelled_es`, flat between .30 and .45)."""

# Weights of a logistic regression, made by `python -m nlp.training.places`: each names what it looks at.
WEIGHTS: dict[str, float] = {
    "after barrio, distrito, zona": 0.74,
    "after calles, esquina": 1.87,
    "area": 0.73,
    "area, begins a sentence": -0.28,
    "area, one word": 0.56,
    "area, small": -1.84,
    "bound other": -2.53,
    "bound other, after a preposition": 0.30,
    "bound other, begins a sentence": -0.24,
    "bound other, one word": -1.03,
    "bound other, small": -0.62,
    "bound street": -0.25,
    "bound street, after a preposition": 0.31,
    "bound street, begins a sentence": -0.81,
    "bound street, one word": -2.37,
    "bound street, small": -1.19,
    "bound, everyday word": -3.53,
    "free, everyday word": -1.89,
    "house number": -0.41,
    "landmark": 1.29,
    "landmark, begins a sentence": -0.39,
    "landmark, small": -0.81,
    "station": -0.01,
    "station, after a preposition": 1.73,
    "station, one word": -2.36,
    "station, small": -1.17,
    "street": 0.86,
    "street, small": -0.60,
    "touches another name": -0.89,
    "typed": 0.66,
    "typed otherwise": 0.03,
    "typed otherwise, small": -1.41,
    "typed otherwise, street": 0.35,
    "typed unknown": -0.80,
    "typed unknown, many words": -0.21,
    "typed unknown, street": 0.56,
    "typed, everyday word": -1.09,
    "typed, small": -0.35,
    "typed, street": 0.99,
}
_ALWAYS = 1.14


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
        "typed unknown, many words": known == "typed unknown" and mention.words > 1,
    }
    return [sign for sign, true in applies.items() if true]


def _bare_signs(mention: Mention) -> list[str]:
    """`X` alone: a name that is said so (area, landmark, station), or one that goes with a type word (`bound`)."""
    kind = _bare_kind(mention)
    applies = {
        kind: True,
        f"{kind}, small": not mention.capital,
        f"{kind}, one word": mention.words == 1 and kind not in ("street", "landmark"),
        f"{kind}, after a preposition": mention.placed and (kind == "station" or kind.startswith("bound")),
        f"{kind}, begins a sentence": mention.first,
        f"{'bound' if kind.startswith('bound') else 'free'}, everyday word": mention.ordinary,
        "touches another name": mention.flanked,
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
