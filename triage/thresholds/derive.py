"""Derive thresholds by kind of source and language.

A group with too few labelled posts uses those of a wider one.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from core.config.thresholds import ALL, Promise, ThresholdGroup, Thresholds, TopicBar
from triage.thresholds.conformal import highest_threshold, lowest_precise_threshold

TARGETS = (0.8, 0.85, 0.9, 0.92, 0.95, 0.96, 0.97, 0.98, 0.99)
"""Values of `reach` to derive; a profile gets the next higher one."""
WRONG = 0.1
"""Allowed share of false positives among cases opened by a single post."""
LEAST_POPULATIONS = 2
"""Minimum populations for separate thresholds of a language: one author does not represent a language."""
LOWEST_ACT = 0.5
ACT_NEEDED = 100
"""Minimum actionable posts for a group's separate threshold for cases."""


class Scored(NamedTuple):
    """Hold a labelled post: population, score and gold label."""

    population: str
    """Its file: each file is one population, and the promise holds for each."""
    kind: str
    language: str
    score: float
    is_actionable: bool


def derive(
    posts: Sequence[Scored], model: str, targets: Sequence[float] = TARGETS, topics: tuple[TopicBar, ...] = ()
) -> Thresholds:
    """Derive the thresholds of every group with enough labelled posts.

    Enough for any of the targets. `topics`: the bars of topics, as derived.
    """
    members: dict[tuple[str, str], list[Scored]] = defaultdict(list)
    for one in posts:
        for key in ((one.kind, one.language), (one.kind, ALL), (ALL, ALL)):
            members[key].append(one)
    gold = tuple(sorted({one.population for one in posts}))
    voices = min(LEAST_POPULATIONS, len(gold))
    groups = [
        _group(kind, language, some, targets, 1 if language == ALL else voices)
        for (kind, language), some in sorted(members.items())
    ]
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
        promises=tuple(found for target in sorted(targets) if (found := _promise(posts, target, least)) is not None),
    )


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


def _populations(actionable: Iterable[Scored], target: float) -> list[list[float]]:
    """Return the scores of each population; pool the small ones.

    Small: too few posts for the target.
    """
    by_name: dict[str, list[float]] = defaultdict(list)
    for one in actionable:
        by_name[one.population].append(one.score)
    large = [scores for scores in by_name.values() if highest_threshold(scores, target) is not None]
    small = [score for scores in by_name.values() if highest_threshold(scores, target) is None for score in scores]
    return [*large, *([small] if small and highest_threshold(small, target) is not None else [])]


def _act(posts: list[Scored]) -> float | None:
    """Return the highest of each population's thresholds for correct cases.

    None: too few posts.
    """
    if sum(one.is_actionable for one in posts) < ACT_NEEDED:
        return None
    by_name: dict[str, list[tuple[float, bool]]] = defaultdict(list)
    for one in posts:
        by_name[one.population].append((one.score, one.is_actionable))
    found = [
        cutoff for some in by_name.values() if (cutoff := lowest_precise_threshold(some, WRONG, LOWEST_ACT)) is not None
    ]
    return round(max(found), 4) if found else None
