"""Compute `pair_features` for one post and many others, by column.

Words are numbered once; what two posts share is then counted with arrays over all pairs. A feature that the new post cannot
share with any other (it names no street, say) costs nothing. Every value equals the one of `pair_features`.
"""

from collections.abc import Callable, Iterable, Sequence
from math import nan

import numpy as np
import numpy.typing as npt

from triage.incident_matching.grams import in_common_with
from triage.incident_matching.numbered import Numbered, Shared, Words
from triage.incident_matching.pair_features import PAIR_FEATURES, RARE, house_features, linked
from triage.incident_matching.post_features import PostFeatures
from triage.location import Coordinates

Rows = npt.NDArray[np.float32]
Column = npt.NDArray[np.float64]
Sets = Callable[[PostFeatures], frozenset[str]]
_AT = {name: at for at, name in enumerate(PAIR_FEATURES)}
_HOUSES = ("same house", "house distance", "houses in conflict", "street word with number")


class PairTable:
    """Compare posts, and cache their words as numbers."""

    def __init__(self) -> None:
        self._stems = Numbered()

    def compare(self, post: PostFeatures, others: Sequence[PostFeatures]) -> Rows:
        """Return the features of a post and each other one.

        [others, features], in the order of PAIR_FEATURES.
        """
        rows = np.zeros((len(others), len(PAIR_FEATURES)), dtype=np.float32)
        if not others:
            return rows
        for part in (
            _times(post, others),
            self._words(post, others),
            _places(post, others),
            _numbers(post, others),
            _labels(post, others),
            _likeness(post, others),
            _order(post, others),
        ):
            for name, column in part.items():
                rows[:, _AT[name]] = column
        return rows

    def _words(self, post: PostFeatures, others: Sequence[PostFeatures]) -> dict[str, Column]:
        stems = self._stems.shared(_stems(post), [_stems(one) for one in others])
        weights, owners = stems.weights, stems.owners
        topical = self._topical(post, others, stems)
        norms = np.array([one.norm for one in others]) * post.norm
        topical_norms = np.array([one.topical_norm for one in others]) * post.topical_norm
        grams = in_common_with(post.grams, [one.grams for one in others])
        sizes = np.array([len(one.grams) for one in others])
        names = _shared(post, others, lambda features: features.names)
        named = np.array([len(one.names) for one in others])
        highest = np.zeros(len(others))
        np.maximum.at(highest, owners, weights)
        return {
            "word cosine": _ratio(stems.sums(weights * weights), norms, 0.0),
            "rarest shared word": highest,
            "shared word weight": stems.sums(weights),
            "rare shared words": stems.sums((weights > RARE).astype(np.float64)),
            "topical word cosine": _ratio(stems.sums(topical * topical), topical_norms, nan),
            "topical shared weight": stems.sums(topical),
            "4-gram Jaccard": grams / np.maximum(1, len(post.grams) + sizes - grams),
            "4-gram containment": grams / np.maximum(1, np.minimum(len(post.grams), sizes)),
            "shared names": names,
            "share of names": names / np.maximum(1, np.minimum(len(post.names), named)),
        }

    def _topical(self, post: PostFeatures, others: Sequence[PostFeatures], stems: Shared) -> Column:
        """Return the weight of each shared topical stem, else 0.

        Topical in both posts.
        """
        found = [
            post.topical[word] if word in post.topical and word in others[at].topical else 0.0
            for word, at in zip(self._stems.names(stems.numbers), stems.owners.tolist(), strict=True)
        ]
        return np.array(found, dtype=np.float64)


def _stems(features: PostFeatures) -> Words:
    return features.post_id, features.fingerprint, features.stems


def _times(post: PostFeatures, others: Sequence[PostFeatures]) -> dict[str, Column]:
    hours = np.abs(np.array([one.at for one in others]) - post.at) / 3600
    apart = np.abs(np.array([one.hour for one in others]) - post.hour)
    return {
        "hours apart": hours,
        "log hours apart": np.log1p(hours),
        "hour of day apart": np.minimum(apart, 24 - apart),
        "same author": _flags(post.author is not None and one.author == post.author for one in others),
        "answers or same thread": _flags(linked(one, post) for one in others),
    }


def _places(post: PostFeatures, others: Sequence[PostFeatures]) -> dict[str, Column]:
    found: dict[str, Column] = {
        "metres between candidates": _nearest(post.near, [one.near for one in others]),
        "metres between places": _nearest(post.where, [one.where for one in others]),
    }
    if post.keys:
        found["same place"] = _flags(not post.keys.isdisjoint(one.keys) for one in others)
    if post.streets:
        found["same street or building"] = _flags(not post.streets.isdisjoint(one.streets) for one in others)
        found["streets in conflict"] = _conflicts(post.streets, [one.streets for one in others])
    if post.candidates:
        found["same candidate place"] = _flags(not post.candidates.isdisjoint(one.candidates) for one in others)
    if post.districts:
        found["same district"] = _flags(not post.districts.isdisjoint(one.districts) for one in others)
        found["districts in conflict"] = _conflicts(post.districts, [one.districts for one in others])
    return found


def _numbers(post: PostFeatures, others: Sequence[PostFeatures]) -> dict[str, Column]:
    found: dict[str, Column] = {}
    if post.houses:
        columns = np.array([house_features(post, one) for one in others], dtype=np.float64)
        found |= {name: columns[:, at] for at, name in enumerate(_HOUSES)}
    if post.numbers:
        found["same number"] = _flags(not post.numbers.isdisjoint(one.numbers) for one in others)
    if post.lines:
        found["same line"] = _flags(not post.lines.isdisjoint(one.lines) for one in others)
        found["lines in conflict"] = _conflicts(post.lines, [one.lines for one in others])
    return found


def _labels(post: PostFeatures, others: Sequence[PostFeatures]) -> dict[str, Column]:
    same_topic = _flags(one.topic == post.topic for one in others)
    agreement = np.array([one.topic_score for one in others]) * post.topic_score
    found = {
        "same topic": same_topic,
        "topic agreement": np.where(same_topic > 0, agreement, -agreement),
        "same intent": _flags(one.intent == post.intent for one in others),
        "same sentiment": _flags(one.sentiment == post.sentiment for one in others),
        "same language": _flags(one.language == post.language for one in others),
        "lesser relevance": np.minimum([one.relevant for one in others], post.relevant),
        "fewer words": np.minimum([one.words for one in others], post.words),
    }
    if post.subjects:
        shared = _shared(post, others, lambda features: features.subjects)
        either = np.array([len(one.subjects) for one in others]) + len(post.subjects) - shared
        found["shared subjects"] = shared / np.maximum(1, either)
        found["subjects in conflict"] = _conflicts(post.subjects, [one.subjects for one in others])
    if post.handles:
        found["shared handles"] = _shared(post, others, lambda features: features.handles)
    return found


def _likeness(post: PostFeatures, others: Sequence[PostFeatures]) -> dict[str, npt.NDArray[np.float32]]:
    """Return the cosines; `vecdot` computes each as `@` does for two vectors."""
    return {
        "cosine": np.vecdot([one.vector for one in others], post.vector),
        "centred cosine": np.vecdot([one.centred for one in others], post.centred),
        "mapped cosine": np.vecdot([one.mapped for one in others], post.mapped),
    }


def _order(post: PostFeatures, others: Sequence[PostFeatures]) -> dict[str, Column]:
    """Return the features that depend on the order of both posts."""
    actionable = np.array([one.actionable for one in others])
    length = np.array([one.length for one in others])
    is_later = [one.at <= post.at for one in others]
    both = list(zip(others, is_later, strict=True))
    return {
        "lesser actionable": np.minimum(actionable, post.actionable),
        "greater actionable": np.maximum(actionable, post.actionable),
        "shorter length": np.minimum(length, post.length),
        "longer length": np.maximum(length, post.length),
        "later reports repair": _flags((post if later else one).closing for one, later in both),
        "earlier reports repair": _flags((one if later else post).closing for one, later in both),
        "later reports ongoing problem": _flags((post if later else one).ongoing for one, later in both),
    }


def _flags(values: Iterable[bool]) -> Column:
    return np.array(list(values), dtype=np.float64)


def _shared(post: PostFeatures, others: Sequence[PostFeatures], of: Sets) -> Column:
    own = of(post)
    return np.array([len(own & of(one)) for one in others] if own else [0] * len(others), dtype=np.float64)


def _conflicts(own: frozenset[str], others: Sequence[frozenset[str]]) -> Column:
    return _flags(bool(one) and own.isdisjoint(one) for one in others)


def _ratio(above: Column, below: Column, otherwise: float) -> Column:
    found: Column = np.divide(above, below, out=np.full(len(above), otherwise), where=below != 0)
    return found


def _nearest(own: Sequence[Coordinates], others: Sequence[Sequence[Coordinates]]) -> Column:
    """Return the least distance in metres to each other post.

    NaN when either has no coordinates.
    """
    found = np.full(len(others), nan)
    with_any = [at for at, one in enumerate(others) if one]
    if not own or not with_any:
        return found
    theirs = np.array([each for at in with_any for each in others[at]])
    ours = np.array(own)[:, None]
    east = (ours[..., 1] - theirs[:, 1]) * np.cos(np.radians((ours[..., 0] + theirs[:, 0]) / 2)) * 111_320
    metres = np.hypot(east, (ours[..., 0] - theirs[:, 0]) * 110_540).min(axis=0)
    starts = np.cumsum([0, *(len(others[at]) for at in with_any[:-1])])
    found[with_any] = np.minimum.reduceat(metres, starts)
    return found
