"""Compare the episodes found now with the stored warnings."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from trends.records import Episode, Subject
from trends.warnings import shares

GROWTH = 2
"""Growth in people since the last notice at which a follow-up is due."""
EpisodeChange = Literal["started", "grew", "ended"]


@dataclass(frozen=True)
class Known:
    """Describe a stored warning."""

    number: int
    subject: Subject
    start: datetime
    last_at: datetime
    ended: bool
    post_ids: frozenset[str]
    announced: int
    """People at its last notice."""


@dataclass(frozen=True)
class Step:
    """Describe what to write about one episode; `known` None: a new warning."""

    episode: Episode
    known: Known | None
    changes: tuple[EpisodeChange, ...]


def compare(known: Sequence[Known], found: Iterable[Episode], quiet: timedelta) -> list[Step]:
    """Return what to write about each episode.

    An episode belongs to at most one warning, the one that shares most posts.

    A warning that ended is not opened again: the same subject later is a new warning.
    """
    steps: list[Step] = []
    taken: set[int] = set()
    for one in sorted(found, key=lambda one: (one.detected_at, one.subject)):
        before = _of(known, one, quiet)
        if before is None:
            steps.append(Step(one, None, ("started", "ended") if one.ended else ("started",)))
        elif before.number not in taken:
            taken.add(before.number)
            steps.append(Step(one, before, _changes(before, one)))
    return steps


def _changes(before: Known, one: Episode) -> tuple[EpisodeChange, ...]:
    if before.ended:
        return ()
    grew: tuple[EpisodeChange, ...] = ("grew",) if one.people >= GROWTH * before.announced else ()
    return (*grew, "ended") if one.ended else grew


def _of(known: Sequence[Known], one: Episode, quiet: timedelta) -> Known | None:
    posts = set(one.post_ids)
    shared = {other.number: len(posts & other.post_ids) for other in known}
    best = max(known, key=lambda other: (shared[other.number], -other.number), default=None)
    if best is not None and shares(posts, best.post_ids):
        return best
    return next((other for other in known if other.subject == one.subject and _touch(other, one, quiet)), None)


def _touch(other: Known, one: Episode, quiet: timedelta) -> bool:
    """Tell whether two spans of one subject overlap, or nearly."""
    return one.start <= other.last_at + quiet and other.start <= one.last_at + quiet
