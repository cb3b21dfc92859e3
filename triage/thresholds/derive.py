"""Derive thresholds by kind of source and language; a group with too few labelled posts takes those of a wider one."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from core.config.thresholds import ALL, Group, Promise, Thresholds
from triage.thresholds.conformal import keep, purest

TARGETS = (0.8, 0.85, 0.9, 0.92, 0.95, 0.96, 0.97, 0.98, 0.99)
"""Shares that a profile may ask for: the next higher is kept."""
WRONG = 0.1
"""Share of the cases opened by one post alone that may be wrong."""
LEAST_POPULATIONS = 2
"""A language has thresholds of its own only where so many populations support them: one writer is no language."""
LOWEST_ACT = 0.5
ACT_NEEDED = 100
"""Actionable posts from which on a group has a threshold of cases of its own."""


class Scored(NamedTuple):
    """A labelled post: where it comes from, its score, and whether people say it is actionable."""

    population: str
    """Its file: each is a population of its own, and the promise holds for every one."""
    kind: str
    language: str
    score: float
    is_actionable: bool


def derive(posts: Sequence[Scored], model: str, targets: Sequence[float] = TARGETS) -> Thresholds:
    """Derive the thresholds of every group that has enough labelled posts for any of the targets."""
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
    return Thresholds(model=model, gold=gold, groups=tuple(group for group in groups if group.promises))


def _group(kind: str, language: str, posts: list[Scored], targets: Sequence[float], least: int) -> Group:
    act = _act(posts)
    sure = [one for one in posts if act is not None and one.score >= act]
    return Group(
        kind=kind,
        language=language,
        posts=len(posts),
        actionable=sum(one.is_actionable for one in posts),
        act=act,
        act_wrong=round(sum(not one.is_actionable for one in sure) / len(sure), 4) if sure else None,
        promises=tuple(found for target in sorted(targets) if (found := _promise(posts, target, least)) is not None),
    )


def _promise(posts: list[Scored], target: float, least: int) -> Promise | None:
    """Return the lowest of the thresholds that keep the share in each population."""
    actionable = [one for one in posts if one.is_actionable]
    kept = [keep(scores, target) for scores in _populations(actionable, target)]
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
    """Return the scores of each population; those too small for the promise are taken together."""
    by_name: dict[str, list[float]] = defaultdict(list)
    for one in actionable:
        by_name[one.population].append(one.score)
    large = [scores for scores in by_name.values() if keep(scores, target) is not None]
    small = [score for scores in by_name.values() if keep(scores, target) is None for score in scores]
    return [*large, *([small] if small and keep(small, target) is not None else [])]


def _act(posts: list[Scored]) -> float | None:
    """Return the highest of the thresholds that keep cases right in each population; None: too few posts."""
    if sum(one.is_actionable for one in posts) < ACT_NEEDED:
        return None
    by_name: dict[str, list[tuple[float, bool]]] = defaultdict(list)
    for one in posts:
        by_name[one.population].append((one.score, one.is_actionable))
    found = [bar for some in by_name.values() if (bar := purest(some, WRONG, LOWEST_ACT)) is not None]
    return round(max(found), 4) if found else None
