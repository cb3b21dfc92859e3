"""Estimate the probability that words are meant as a place.

The square `Sol`, not the sun.
"""

import json
import math
from pathlib import Path

from gazetteer.finding.candidates import Mention
from gazetteer.finding.context import RULED_OUT
from gazetteer.place_types import STREETS

MIN_PROBABILITY = 0.55
"""Probability from which a span counts as a place without the tagger (precision .95, recall .91 on held-out authors)."""

_LEARNED = json.loads((Path(__file__).parent / "place_weights.json").read_bytes())
"""A logistic regression, fitted and written by `python -m workshop.training.train.place_prior`."""
WEIGHTS: dict[str, float] = _LEARNED["weights"]
"""Weight of each feature."""
_ALWAYS: float = _LEARNED["always"]
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
        return next(kind for kind in ("landmark", "station", "street", "square") if kind in free).replace("square", "street")
    return "bound street" if any(entry.street for entry, _ in mention.hits) else "bound other"
