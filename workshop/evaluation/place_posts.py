"""Measure places on `tests/gold/places_posts.jsonl`, by author, with gazetteer and tagger."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from core.config.city import City
from core.records.annotation import Label, Place
from gazetteer import Gazetteer, gazetteer_of
from nlp.inference.model import InferenceModel
from nlp.inference.model_files import DEFAULT, MODELS, load_weights
from nlp.questions.places import READ, Options, candidates, label

Rows = Sequence[dict[str, Any]]
_DRAWS = 1000
_SEED = 11


class AnnotatedPost(NamedTuple):
    """Hold a labelled post with its annotation."""

    marked: set[str]
    district: str | None
    """District of the incident, as labelled by the author."""
    label: Label

    @property
    def places(self) -> tuple[Place, ...]:
        """Return the places found, best first."""
        return self.label.value if isinstance(self.label.value, tuple) else ()


class Proportion(NamedTuple):
    """Hold a proportion with its 95 % bootstrap interval over posts."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"


class PlaceMetrics(NamedTuple):
    """Hold the metrics of one author's posts."""

    mentions: int
    precision: Proportion
    recall: Proportion
    exact_precision: Proportion
    exact_recall: Proportion
    resolved: Proportion
    """Proportion of posts with a labelled place that get a gazetteer entry."""
    placed: Proportion
    """Proportion of posts with a labelled place that get coordinates, of a place or a candidate."""
    district: Proportion
    """Proportion of incident posts whose most probable place with a district is in the incident's."""

    def __str__(self) -> str:
        return (
            f"{self.mentions} mentions: precision {self.precision} recall {self.recall}; exact precision {self.exact_precision} "
            f"recall {self.exact_recall}; resolved {self.resolved}; with coordinates {self.placed}; district right {self.district}"
        )


def score_posts(city: City, rows: Rows) -> dict[str, PlaceMetrics]:
    """Return the metrics by author; posts of other cities get no gazetteer."""
    model, options = InferenceModel(load_weights(MODELS / DEFAULT), threads=1), Options()
    output = model.read([row["text"] for row in rows])
    read: dict[str, list[AnnotatedPost]] = {}
    for row, tags, cut in zip(rows, output.tags, output.truncated, strict=True):
        gazetteer = gazetteer_of(city) if row["city"] == city.name else Gazetteer.empty()
        found = candidates(gazetteer, row["text"], tags, READ if cut else None)
        answer = label(options, gazetteer, found, output.model, len(row["text"]))
        read.setdefault(row["author"], []).append(AnnotatedPost(set(row["places"]), row.get("district"), answer))
    return {author: compute_metrics(posts) for author, posts in read.items()}


def compute_metrics(posts: Sequence[AnnotatedPost]) -> PlaceMetrics:
    """Compute all metrics of these posts."""

    def share(count: Callable[[AnnotatedPost], tuple[int, int]]) -> Proportion:
        return bootstrap_proportion([count(post) for post in posts])

    return PlaceMetrics(
        mentions=sum(len(post.marked) for post in posts),
        precision=share(lambda post: (sum(overlaps(each, post.marked) for each in place_texts(post)), len(place_texts(post)))),
        recall=share(lambda post: (sum(overlaps(each, place_texts(post)) for each in post.marked), len(post.marked))),
        exact_precision=share(lambda post: (len(place_texts(post) & post.marked), len(place_texts(post)))),
        exact_recall=share(lambda post: (len(place_texts(post) & post.marked), len(post.marked))),
        resolved=share(lambda post: (any(place.key for place in post.places) if post.marked else 0, bool(post.marked))),
        placed=share(lambda post: (has_point(post) if post.marked else 0, bool(post.marked))),
        district=share(count_district_hit),
    )


def place_texts(post: AnnotatedPost) -> set[str]:
    """Return the distinct texts of the places found in a post."""
    return {place.text for place in post.places}


def overlaps(one: str, others: set[str]) -> bool:
    """Return whether a text contains one of the others or reverse.

    The house number may be inside or outside the marked text.

    >>> overlaps("calle Mayor 5", {"calle Mayor"}), overlaps("Sol", {"Retiro"})
    (True, False)
    """
    return any(one in other or other in one for other in others)


def has_point(post: AnnotatedPost) -> bool:
    """Return whether a place of the post, or a candidate, has coordinates."""
    return any(place.lat is not None for place in (*post.places, *post.label.candidates))


def count_district_hit(post: AnnotatedPost) -> tuple[int, int]:
    """Count whether the most probable district is that of the incident.

    Returns (hits, 1), or (0, 0) where either district is unknown.
    """
    with_district = [place for place in post.places if place.district]
    if not post.district or not with_district:
        return 0, 0
    surest = max(with_district, key=lambda place: place.sure).district or ""
    return surest.replace(" - ", "-") == post.district, 1  # the authors write `Fuencarral-El Pardo`


def bootstrap_proportion(counts: Sequence[tuple[int, int]]) -> Proportion:
    """Return the proportion of summed counts with its bootstrap interval.

    Args:
        counts: by post, hits and cases.
    """
    table = np.array(counts, float).reshape(-1, 2)
    if not table[:, 1].any():
        return Proportion(float("nan"), float("nan"), float("nan"))
    drawn = np.random.default_rng(_SEED).integers(0, len(table), (_DRAWS, len(table)))
    sums = table[drawn].sum(axis=1)
    low, high = np.quantile(sums[:, 0] / np.maximum(sums[:, 1], 1), (0.025, 0.975))
    return Proportion(float(table[:, 0].sum() / table[:, 1].sum()), float(low), float(high))
