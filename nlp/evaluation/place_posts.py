"""Measures places on the short posts of `tests/gold/places_posts.jsonl`, author by author, with gazetteer and tagger."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from core.annotation import Label, Place
from core.config.city import City
from gazetteer import Gazetteer, gazetteer_of
from nlp.inference.model import InferenceModel
from nlp.inference.model_files import DEFAULT, MODELS, load_weights
from nlp.questions.places import Options, candidates, label

Rows = Sequence[dict[str, Any]]
_DRAWS = 1000
_SEED = 11


class Read(NamedTuple):
    """A post of the set: what a person marked and what was found."""

    marked: set[str]
    district: str | None
    """Where the incident of the post is, as its author says."""
    label: Label

    @property
    def places(self) -> tuple[Place, ...]:
        """The places found, best first."""
        return self.label.value if isinstance(self.label.value, tuple) else ()


class Share(NamedTuple):
    """A share and its 95 % interval, posts drawn anew."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"


class Figures(NamedTuple):
    """How good the places of one author's posts are."""

    mentions: int
    precision: Share
    recall: Share
    exact_precision: Share
    exact_recall: Share
    resolved: Share
    """Posts that name a place and get one that the gazetteer knows."""
    placed: Share
    """Posts that name a place and get the coordinates of a place or of a candidate."""
    district: Share
    """Posts of an incident whose surest place tells a district: it is the incident's."""

    def __str__(self) -> str:
        return (
            f"{self.mentions} mentions: precision {self.precision} recall {self.recall}; exact precision {self.exact_precision} "
            f"recall {self.exact_recall}; resolved {self.resolved}; with coordinates {self.placed}; district right {self.district}"
        )


def score_posts(city: City, rows: Rows) -> dict[str, Figures]:
    """By author; posts of another city are read without a gazetteer."""
    one_pass, options = InferenceModel(load_weights(MODELS / DEFAULT), threads=1), Options()
    encoded = one_pass.read([row["text"] for row in rows])
    read: dict[str, list[Read]] = {}
    for row, tags, cut in zip(rows, encoded.tags, encoded.truncated, strict=True):
        gazetteer = gazetteer_of(city) if row["city"] == city.name else Gazetteer.empty()
        found = candidates(gazetteer, row["text"], tags, bool(cut))
        answer = label(options, gazetteer, found, encoded.model, len(row["text"]))
        read.setdefault(row["author"], []).append(Read(set(row["places"]), row.get("district"), answer))
    return {author: figures(posts) for author, posts in read.items()}


def figures(posts: Sequence[Read]) -> Figures:
    """All figures of these posts."""

    def share(count: Callable[[Read], tuple[int, int]]) -> Share:
        return interval([count(post) for post in posts])

    return Figures(
        mentions=sum(len(post.marked) for post in posts),
        precision=share(lambda post: (sum(touches(each, post.marked) for each in words(post)), len(words(post)))),
        recall=share(lambda post: (sum(touches(each, words(post)) for each in post.marked), len(post.marked))),
        exact_precision=share(lambda post: (len(words(post) & post.marked), len(words(post)))),
        exact_recall=share(lambda post: (len(words(post) & post.marked), len(post.marked))),
        resolved=share(lambda post: (any(place.key for place in post.places) if post.marked else 0, bool(post.marked))),
        placed=share(lambda post: (has_point(post) if post.marked else 0, bool(post.marked))),
        district=share(in_district),
    )


def words(post: Read) -> set[str]:
    """The wordings found; each counts once a post."""
    return {place.text for place in post.places}


def touches(one: str, others: set[str]) -> bool:
    """True when the words hold one of the others or are held by one: the house number may stand within or outside."""
    return any(one in other or other in one for other in others)


def has_point(post: Read) -> bool:
    """True when a place of the post, or one it may mean, has coordinates."""
    return any(place.lat is not None for place in (*post.places, *post.label.candidates))


def in_district(post: Read) -> tuple[int, int]:
    """Whether the surest place that tells its district lies in that of the incident."""
    told = [place for place in post.places if place.district]
    if not post.district or not told:
        return 0, 0
    surest = max(told, key=lambda place: place.sure).district or ""
    return surest.replace(" - ", "-") == post.district, 1  # the authors write `Fuencarral-El Pardo`


def interval(counts: Sequence[tuple[int, int]]) -> Share:
    """The share of all, and its interval by drawing posts anew."""
    table = np.array(counts, float).reshape(-1, 2)
    if not table[:, 1].any():
        return Share(float("nan"), float("nan"), float("nan"))
    drawn = np.random.default_rng(_SEED).integers(0, len(table), (_DRAWS, len(table)))
    sums = table[drawn].sum(axis=1)
    low, high = np.quantile(sums[:, 0] / np.maximum(sums[:, 1], 1), (0.025, 0.975))
    return Share(float(table[:, 0].sum() / table[:, 1].sum()), float(low), float(high))
