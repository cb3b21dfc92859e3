"""Bound the share of actionable posts that a threshold misses.

From few labelled posts. Conformal risk control (Angelopoulos et al. 2022): among n labelled actionable posts and one new exchangeable
one every order of the scores is equally likely, so a threshold that misses k of the n misses a new one with probability
(k + 1) / (n + 1) at most.
"""

from collections.abc import Sequence
from math import exp, floor, lgamma, log, log1p
from typing import NamedTuple

CONFIDENCE = 0.9
"""Confidence of the exact binomial bounds that are printed too."""
ROUNDING = 1e-9
STEPS = 60


class BoundedThreshold(NamedTuple):
    """Hold a threshold, its misses on labelled posts, and its bound.

    `bound`: lower bound of the share of new posts it keeps.
    """

    threshold: float
    missed: int
    bound: float


def highest_threshold(scores: Sequence[float], reach: float) -> BoundedThreshold | None:
    """Return the highest threshold that keeps this share of new posts.

    None: too few scores to guarantee it.

    Args:
        scores: of labelled posts that are actionable.
        reach: minimum expected share of new ones at or above the threshold.
    """
    allowed = floor((len(scores) + 1) * (1 - reach) + ROUNDING) - 1
    if allowed < 0:
        return None
    threshold = sorted(scores)[min(allowed, len(scores) - 1)]
    missed = sum(score < threshold for score in scores)
    return BoundedThreshold(threshold, missed, 1 - (missed + 1) / (len(scores) + 1))


def needed(reach: float) -> int:
    """Return how many labelled actionable posts this reach needs.

    >>> needed(0.95)
    19
    """
    count = max(1, floor(1 / (1 - reach)) - 2)
    while highest_threshold([0.0] * count, reach) is None:
        count += 1
    return count


def lowest_precise_threshold(scores: Sequence[tuple[float, bool]], wrong: float, lowest: float) -> float | None:
    """Return the lowest threshold with few enough false positives above.

    None: there is none. The unseen post counts as a false positive. That one threshold of many was chosen is not corrected for.

    Args:
        scores: of all labelled posts, with whether each is actionable.
        wrong: allowed share of false positives.
        lowest: minimum threshold.
    """
    found, mistakes = None, 0
    for count, (score, is_right) in enumerate(sorted(scores, key=lambda one: (-one[0], one[1])), 1):
        if score < lowest:
            break
        mistakes += not is_right
        if (mistakes + 1) / (count + 1) <= wrong:
            found = score
    return found


def lower_bound(hits: int, count: int, confidence: float = CONFIDENCE) -> float:
    """Return the exact lower bound (Clopper-Pearson) of a share.

    `hits` of `count` were observed.
    """
    if hits == 0:
        return 0.0
    low, high = 0.0, 1.0
    for _ in range(STEPS):
        share = (low + high) / 2
        if _at_least(hits, count, share) < 1 - confidence:
            low = share
        else:
            high = share
    return low


def _at_least(hits: int, count: int, share: float) -> float:
    """Return the probability of at least this number of hits."""
    if share <= 0 or share >= 1:
        return float(share >= 1)
    whole = lgamma(count + 1)
    return sum(
        exp(whole - lgamma(k + 1) - lgamma(count - k + 1) + k * log(share) + (count - k) * log1p(-share)) for k in range(hits, count + 1)
    )
