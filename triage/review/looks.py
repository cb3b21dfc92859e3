"""Group the posts that wait for a person into looks, best first.

A look is what a person decides at once: a post with its copies, its thread, the posts of its incident, and those that are like one
incident. Looks are ordered by what they gain: the probability that something is to be done, times harm and voices, and a little for what a
decision in doubt teaches.
"""

from collections.abc import Callable, Iterable, Sequence
from math import log2
from typing import NamedTuple

MOST = 8
"""Posts of one look: what a person reads at once."""
HARM = 3.0
"""Weight of a post that reports what may hurt people."""
TEACHES = 0.15
"""Weight of the doubt: what a decision about a post at one half teaches."""

Chance = Callable[[float], tuple[float, float]]
"""Expected share of actionable posts at a score, and its upper bound."""


class ReviewPost(NamedTuple):
    """Hold what is known of a post that waits for a person."""

    post_id: str
    score: float
    author: str | None
    risky: bool
    """It reports what may hurt people."""
    together: tuple[str, ...]
    """Keys that it shares with posts of the same look: its incident, its thread, the incident it is like."""


class ReviewLook(NamedTuple):
    """Hold the posts that a person decides at once, the surest first."""

    posts: tuple[ReviewPost, ...]
    gain: float

    @property
    def first(self) -> str:
        """Return the post that is shown."""
        return self.posts[0].post_id


def looks(waiting: Iterable[ReviewPost], chance: Chance) -> list[ReviewLook]:
    """Return the looks, those that gain most first.

    >>> two = [ReviewPost("a", 0.3, "ana", False, ("I-1",)), ReviewPost("b", 0.2, "bea", False, ("I-1",))]
    >>> [[post.post_id for post in look.posts] for look in looks(two, lambda score: (score, 1.0))]
    [['a', 'b']]
    """
    groups: list[list[ReviewPost]] = []
    at: dict[str, list[ReviewPost]] = {}
    for one in sorted(waiting, key=lambda post: (not post.risky, -post.score, post.post_id)):
        group = next((at[key] for key in one.together if key in at and len(at[key]) < MOST), None)
        if group is None:
            group = []
            groups.append(group)
        group.append(one)
        at.update(dict.fromkeys(one.together, group))
    found = [ReviewLook(tuple(group), _gain(group, chance)) for group in groups]
    return sorted(found, key=lambda look: (-look.gain, look.first))


def unread_estimate(scores: Iterable[float], chance: Chance) -> tuple[float, float]:
    """Return how many posts with these scores are expected to be actionable.

    And how many at most, by the bounds of the labelled posts.
    """
    pairs = [chance(score) for score in scores]
    return sum(share for share, _ in pairs), sum(most for _, most in pairs)


def _gain(group: Sequence[ReviewPost], chance: Chance) -> float:
    probable = max(chance(one.score)[0] for one in group)
    harm = HARM if any(one.risky for one in group) else 1.0
    voices = len({one.author or one.post_id for one in group})
    return probable * harm * (1 + log2(voices)) + TEACHES * _doubt(probable)


def _doubt(share: float) -> float:
    """Return the entropy of a share in bits."""
    if share <= 0 or share >= 1:
        return 0.0
    return -share * log2(share) - (1 - share) * log2(1 - share)
