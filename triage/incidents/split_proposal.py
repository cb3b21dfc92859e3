"""Propose posts of a case to split off.

The model of pairs compares all posts of a case with each other. Posts that are like none of the others are shown to a person; nothing is
split by the machine. docs/explanation/triage.md has the figures.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.config.city import City
from core.records.annotation import Annotation
from core.records.post import Post
from triage.incident_matching.pair_table import PairTable
from triage.incident_matching.post_features import PostFeatures
from triage.incident_matching.weights import Weights, load as load_weights
from triage.incidents.by_hand import members_of

LOOSE = 0.05
"""Probability of a pair below which two posts do not hold together: `make score-splits` prints the table it was chosen from."""
LEAST, MOST = 2, 30
"""Posts of a case that are compared: a larger case has posts enough that each is like some other."""
Likeness = npt.NDArray[np.float64]


@dataclass(frozen=True)
class SplitProposal:
    """Name the posts to split off."""

    post_ids: tuple[str, ...]
    likeness: float
    """Highest probability that one of these posts and one of the others are about the same."""


def propose_split(city: City, posts: Sequence[tuple[Post, Annotation]]) -> SplitProposal | None:
    """Return the posts of a case that resemble none of the others.

    None: all hold together, or there are too few or too many posts to tell.

    Args:
        city: the profile.
        posts: the posts of the case that report something, with their annotations: no replies, no copies.
    """
    if not LEAST <= len(posts) <= MOST:
        return None
    return loosest(members_of(city, posts), load_weights())


def loosest(members: Sequence[PostFeatures], weights: Weights, loose: float = LOOSE) -> SplitProposal | None:
    """Return the group of posts least like the rest.

    Posts with a chain of likely pairs between them are one group; the largest stays. None: there is one group.
    """
    likeness = _likeness(members, weights)
    found = []
    for group in sorted(_groups(likeness >= loose), key=len, reverse=True)[1:]:  # of two as large the first stays
        rest = [at for at in range(len(members)) if at not in group]
        found.append((float(likeness[np.ix_(group, rest)].max()), group))
    if not found:
        return None
    highest, group = min(found)
    return SplitProposal(tuple(members[at].post_id for at in group), round(highest, 4))


def _likeness(members: Sequence[PostFeatures], weights: Weights) -> Likeness:
    """Return the probability of each pair of posts, [post, post]."""
    table, found = PairTable(), np.zeros((len(members), len(members)))
    for at in range(1, len(members)):
        logits = weights.pairs.logits(table.compare(members[at], members[:at]))
        found[at, :at] = found[:at, at] = 1 / (1 + np.exp(-logits))
    return found


def _groups(linked: npt.NDArray[np.bool_]) -> list[list[int]]:
    """Return the positions of the posts of each group, by first post."""
    groups: list[list[int]] = []
    for first in range(len(linked)):
        if any(first in group for group in groups):
            continue
        group, new = {first}, [first]
        while new:
            new = [at for at in np.flatnonzero(linked[new].any(axis=0)).tolist() if at not in group]
            group.update(new)
        groups.append(sorted(group))
    return groups
