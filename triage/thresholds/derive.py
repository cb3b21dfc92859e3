"""Derive thresholds by kind of source and language.

A group with too few labelled posts uses those of a wider one.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from core.config.thresholds import ALL, Promise, Step, ThresholdGroup, Thresholds, TopicBar
from triage.thresholds.conformal import highest_threshold, lower_bound, lowest_precise_threshold

TARGETS = (0.8, 0.85, 0.9, 0.92, 0.95, 0.96, 0.97, 0.98, 0.99)
"""Values of `reach` to derive; a profile gets the next higher one."""
WRONG = 0.1
"""Allowed share of false positives among cases opened by a single post."""
LARGE = 40
"""Actionable posts from which a file speaks for itself where posts must not be missed; smaller ones are judged together."""
LARGE_FOR_CASES = 100
"""The same where cases must be right: a few wrong ones of a small file say little."""
LEAST_POPULATIONS = 2
"""Minimum populations for separate thresholds of a language: one author does not represent a language."""
LOWEST_ACT = 0.6
ACT_NEEDED = 100
"""Minimum actionable posts for a group's separate threshold for cases."""


EDGES = (0.0, 0.005, 0.01, 0.02, 0.04, 0.07, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.7, 0.9)
"""Scores at which the steps of a curve begin."""


class Scored(NamedTuple):
    """Hold a labelled post: population, score and gold label."""

    population: str
    """Its file: each file is one population, and the promise holds for each."""
    kind: str
    language: str
    score: float
    is_actionable: bool


def derive(posts: Sequence[Scored], model: str, targets: Sequence[float] = TARGETS, topics: tuple[TopicBar, ...] = ()) -> Thresholds:
    """Derive the thresholds of every group with enough labelled posts.

    Enough for any of the targets. `topics`: the bars of topics, as derived.
    """
    members: dict[tuple[str, str], list[Scored]] = defaultdict(list)
    for one in posts:
        for key in ((one.kind, one.language), (one.kind, ALL), (ALL, ALL)):
            members[key].append(one)
    gold = tuple(sorted({one.population for one in posts}))
    voices = min(LEAST_POPULATIONS, len(gold))
    groups = [_group(kind, language, some, targets, 1 if language == ALL else voices) for (kind, language), some in sorted(members.items())]
    return Thresholds(model=model, gold=gold, groups=tuple(group for group in groups if group.promises), topics=topics)


def _group(kind: str, language: str, posts: list[Scored], targets: Sequence[float], least: int) -> ThresholdGroup:
    act = _act(posts)
    sure = [one for one in posts if act is not None and one.score >= act]
    return ThresholdGroup(
        kind=kind,
        language=language,
        posts=len(posts),
        actionable=sum(one.is_actionable for one in posts),
        act=act,
        act_wrong=round(sum(not one.is_actionable for one in sure) / len(sure), 4) if sure else None,
        curve=_curve(posts),
        promises=tuple(found for target in sorted(targets) if (found := _promise(posts, target, least)) is not None),
    )


def _curve(posts: Sequence[Scored]) -> tuple[Step, ...]:
    """Return how many posts of each step of scores are actionable."""
    found = []
    for low, high in zip(EDGES, (*EDGES[1:], 2.0), strict=True):
        some = [one for one in posts if low <= one.score < high]
        hits = sum(one.is_actionable for one in some)
        if some:
            most = 1 - lower_bound(len(some) - hits, len(some))
            found.append(Step(score=low, posts=len(some), actionable=hits, at_most=round(most, 4)))
    return tuple(found)


def _promise(posts: list[Scored], target: float, least: int) -> Promise | None:
    """Return the lowest of the thresholds that keep each population's share."""
    actionable = [one for one in posts if one.is_actionable]
    kept = [highest_threshold(scores, target) for scores in _populations(actionable, target)]
    found = [one for one in kept if one is not None]
    if len(found) < least:
        return None
    review = min(one.threshold for one in found)
    return Promise(
        target=target,
        review=round(review, 4),
        reach=round(sum(one.score >= review for one in actionable) / len(actionable), 4),
        bound=round(min(one.bound for one in found), 4),
        looks=round(100 * sum(one.score >= review for one in posts) / len(posts), 1),
    )


def _populations(actionable: Sequence[Scored], target: float) -> list[list[float]]:
    """Return the scores of each large population; pool the small ones."""
    together = [[one.score for one in some] for some in _by_size(actionable, LARGE).values()]
    return [scores for scores in together if highest_threshold(scores, target) is not None]


def _by_size(posts: Sequence[Scored], large: int) -> dict[str, list[Scored]]:
    """Group posts by population; the small ones are one, named ""."""
    sizes = Counter(one.population for one in posts if one.is_actionable)
    found: dict[str, list[Scored]] = defaultdict(list)
    for one in posts:
        found[one.population if sizes[one.population] >= large else ""].append(one)
    return found


def _act(posts: list[Scored]) -> float | None:
    """Return the highest of the populations' thresholds for correct cases.

    None: too few posts.
    """
    if sum(one.is_actionable for one in posts) < ACT_NEEDED:
        return None
    found = [
        cutoff
        for some in _by_size(posts, LARGE_FOR_CASES).values()
        if (cutoff := lowest_precise_threshold([(one.score, one.is_actionable) for one in some], WRONG, LOWEST_ACT)) is not None
    ]
    return round(max(found), 4) if found else None
