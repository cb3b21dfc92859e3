"""Likeness: how likely do two posts speak of one incident? A weighted sum of signs, each of which a person can check.

The weights were learned from pairs that a person marked (`tests/gold/README.md`) and stand in `same.json`, which
`python -m escucha.teach_same` writes: they belong to the embedding of the reader that is shipped.
"""

import json
import math
from functools import cache, cached_property
from pathlib import Path

from core import fact
from core.errors import ConfigurationError
from triage.said import Said

TAUGHT = Path(__file__).with_name("same.json")


class Taught(fact.Fact):
    """What was learned: `same.json`."""

    about: str
    model: str
    """The reader whose embeddings the weights belong to."""
    pairs: str
    """SHA-256 of the marked pairs learned from."""
    enough: float
    """Chance from which on two posts are one incident, unless the profile says otherwise (`similar`)."""
    floor: float
    """Cosine below which nothing is compared."""
    always: float
    weights: dict[str, float]
    posts: int
    words: dict[str, int]
    """Stem: in how many of the `posts` learned from it occurs. One that is not here is rare."""

    @cached_property
    def rarity(self) -> dict[str, float]:
        """How much each stem weighs: the square of the logarithm of how rare it is."""
        return {stem: math.log((self.posts + 1) / (often + 1)) ** 2 for stem, often in self.words.items()}

    @cached_property
    def rarest(self) -> float:
        """How much a stem weighs that is not known."""
        return math.log(self.posts + 1) ** 2


@cache
def read(path: Path = TAUGHT) -> Taught:
    """The rule as it was taught.

    Raises:
        ConfigurationError: the file is missing or is not what was written.
    """
    try:
        return Taught.model_validate(json.loads(path.read_bytes()))
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"{path}: {error}; write it anew: python -m escucha.teach_same") from None


def chance(taught: Taught, one: Said, other: Said, cosine: float) -> float:
    """0..1: how likely the posts speak of one incident.

    0 when each is about a street or building that the other does not name; 1 when they are copies about one service.
    """
    places = _places(one, other)
    if places["other streets or buildings"] and not places["places of one in the other"]:
        return 0.0
    if one.topic == other.topic and one.post.text.casefold().split() == other.post.text.casefold().split():
        return 1.0
    found = {"cosine": cosine} | places | _words(taught, one, other) | _rest(one, other)
    return 1 / (1 + math.exp(-taught.always - sum(taught.weights[name] * value for name, value in found.items())))


def signs(taught: Taught, one: Said, other: Said, cosine: float) -> dict[str, float]:
    """Every sign by its name, as it goes into the sum."""
    return {"cosine": cosine} | _places(one, other) | _words(taught, one, other) | _rest(one, other)


def _places(one: Said, other: Said) -> dict[str, float]:
    known = [share for share in (one.mentions(other), other.mentions(one)) if share is not None]
    apart = one.districts and other.districts and not one.districts & other.districts
    return {
        "places of one in the other": _mean(known),
        "places in common": len(one.named & other.named) / max(1, len(one.named | other.named)),
        "other streets or buildings": float(bool(one.fine and other.fine) and not one.fine & other.fine),
        "other districts": float(bool(apart)),
    }


def _words(taught: Taught, one: Said, other: Said) -> dict[str, float]:
    shares = [_weight(taught, one.headline & other.stems), _weight(taught, other.headline & one.stems)]
    wholes = [_weight(taught, one.headline), _weight(taught, other.headline)]
    found = [share / whole for share, whole in zip(shares, wholes, strict=True) if whole]
    return {"headline words in the other": _mean(found), "the lesser of the two": min(found, default=0.0)}


def _rest(one: Said, other: Said) -> dict[str, float]:
    mine, theirs = one.asks or one.things, other.asks or other.things
    there = [len(asked & named) / len(asked) for asked, named in ((mine, other.things), (theirs, one.things)) if asked]
    lengths = sorted((len(one.post.text), len(other.post.text)))
    sure = one.reading.labels["topic"].score * other.reading.labels["topic"].score
    return {
        "things of one in the other": _mean([*there, *[_UNKNOWN] * (2 - len(there))]),
        "other things": float(bool(mine and theirs) and not mine & theirs),
        "same service": sure if one.topic == other.topic else -sure,
        "same conversation": float(one.post.thread is not None and one.post.thread == other.post.thread),
        "lengths": math.log(max(1, lengths[1]) / max(1, lengths[0])),
    }


_UNKNOWN = 0.5
"""Where a post names no thing that is known."""


def _weight(taught: Taught, words: frozenset[str]) -> float:
    """How rare the words are together; the same in whatever order a set gives them."""
    return math.fsum(taught.rarity.get(word, taught.rarest) for word in words)


def _mean(numbers: list[float]) -> float:
    return sum(numbers) / len(numbers) if numbers else 0.0
