"""Compute the features of a post against a whole incident.

They summarise its best, worst and last members.
"""

import warnings
from collections.abc import Iterable, Sequence
from itertools import pairwise
from math import exp, log1p, nan
from statistics import fmean, median

import numpy as np
import numpy.typing as npt

from triage.incident_matching.law_features import LAW_FEATURES
from triage.incident_matching.pair_features import PAIR_FEATURES
from triage.incident_matching.post_features import PostFeatures

SUMMARISED: tuple[str, ...] = (
    "word cosine",
    "rarest shared word",
    "topical word cosine",
    "topical shared weight",
    "4-gram Jaccard",
    "4-gram containment",
    "shared names",
    "share of names",
    "same street or building",
    "same candidate place",
    "streets in conflict",
    "same district",
    "districts in conflict",
    "same house",
    "house distance",
    "houses in conflict",
    "same line",
    "lines in conflict",
    "topic agreement",
    "shared subjects",
    "subjects in conflict",
    "cosine",
    "centred cosine",
    "mapped cosine",
    "street word with number",
)
_COLUMNS = [PAIR_FEATURES.index(name) for name in SUMMARISED]
_METRES = PAIR_FEATURES.index("metres between candidates")
_LINKED = PAIR_FEATURES.index("answers or same thread")
OWN: tuple[str, ...] = (
    "best logit",
    "mean of best three",
    "median logit",
    "mean logit",
    "least logit",
    "logit of last",
    "second logit",
    "share above 0",
    "share above -2",
    "log hours since last",
    "log hours since first",
    "log size",
    "gap against rhythm",
    "authors",
    "highest actionable",
    "author is known",
    "posts within 6 hours",
    "pooled actionable",
    "repair reported",
    "margin to best other",
    "candidates",
    "rank",
    "least metres",
    "actionable",
    "thread",
    "topic share",
    "closing",
    "words",
)
INCIDENT_FEATURES: tuple[str, ...] = (*OWN, *(f"max {n}" for n in SUMMARISED), *(f"mean {n}" for n in SUMMARISED), *LAW_FEATURES)
Rows = npt.NDArray[np.float32]


def pre_score(logits: Sequence[float]) -> float:
    """Rank an incident before the trained model is applied.

    Mean of the best three logits, plus half the best.

    >>> pre_score([1.0, 3.0, 2.0, -4.0])
    3.5
    """
    best = sorted(logits, reverse=True)
    return fmean(best[:3]) + best[0] / 2


def incident_features(
    post: PostFeatures,
    members: Sequence[PostFeatures],
    compared: Sequence[PostFeatures],
    logits: Sequence[float],
    pairs: Rows,
    others: Sequence[float],
    rank: int,
    size: int,
    law: Sequence[float],
) -> list[float]:
    """Return the features of a post against one incident.

    In the order of INCIDENT_FEATURES.

    Args:
        post: the new post.
        members: the first and the last posts of the incident, oldest first.
        compared: those of them that were compared with the post, in the order of `logits` and `pairs`.
        logits: of each pair.
        pairs: [compared, PAIR_FEATURES].
        others: pre-scores of the other candidate incidents.
        rank: of this incident among the candidates, 0 the best.
        size: number of posts of the incident.
        law: LAW_FEATURES of both.
    """
    best = sorted(logits, reverse=True)
    times = [member.at for member in members]
    since_last, since_first = abs(post.at - times[-1]) / 3600, abs(post.at - times[0]) / 3600
    steps = [(after - before) / 3600 for before, after in pairwise(times)]
    authors = {member.author or member.post_id for member in members}
    metres = pairs[:, _METRES]
    own = [
        best[0],
        fmean(best[:3]),
        median(best),
        fmean(best),
        best[-1],
        logits[max(range(len(compared)), key=lambda at: (compared[at].at, compared[at].post_id))],
        best[1] if len(best) > 1 else nan,
        sum(one > 0 for one in best) / len(best),
        sum(one > -2 for one in best) / len(best),
        log1p(since_last),
        log1p(since_first),
        log1p(size),
        since_last / (median(steps) + 1) if len(steps) > 1 else nan,
        len(authors),
        max(member.actionable for member in members),
        post.author is not None and post.author in authors,
        sum(abs(post.at - at) < 6 * 3600 for at in times),
        pooled(members),
        any(member.closing for member in members),
        pre_score(logits) - max(others, default=-20.0),
        len(others) + 1,
        rank,
        float(np.nanmin(metres)) if not np.isnan(metres).all() else nan,
        post.actionable,
        bool(pairs[:, _LINKED].any()),
        sum(member.topic == post.topic for member in members) / len(members),
        post.closing,
        post.words,
    ]
    return [*map(float, own), *_summary(pairs[:, _COLUMNS]), *law]


def _summary(part: Rows) -> list[float]:
    """Return the maximum and the mean of each column, ignoring NaN."""
    if not np.isnan(part).any():
        return [*part.max(axis=0).tolist(), *part.mean(axis=0).tolist()]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a column with only NaN stays NaN
        return [*np.nanmax(part, axis=0).tolist(), *np.nanmean(part, axis=0).tolist()]


def pooled(members: Iterable[PostFeatures]) -> float:
    """Return the probability that any member is actionable.

    A voice counts once, by its highest score.
    """
    return 1.0 - exp(sum(np.log1p(-min(score, 0.999)) for score in voices(members).values()))


def voices(members: Iterable[PostFeatures]) -> dict[str, float]:
    """Return the highest actionable score of each voice.

    One voice per author, one for all posts without an author, one for copies of a text.
    """
    found: dict[str, float] = {}
    first: dict[int, str] = {}
    for member in members:
        voice = first.setdefault(member.fingerprint, member.author or "")
        found[voice] = max(found.get(voice, 0.0), member.actionable)
    return found
