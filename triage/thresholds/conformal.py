"""Bound the share of actionable posts that a threshold misses, from few labelled ones.

Conformal risk control (Angelopoulos et al. 2022): among n labelled actionable posts and one new of their kind every order of the
scores is equally likely, so a threshold that misses k of the n misses a new one with a chance of (k + 1) / (n + 1) at most.
"""

from collections.abc import Sequence
from math import exp, floor, lgamma, log, log1p
from typing import NamedTuple

CONFIDENCE = 0.9
"""Of the exact binomial bounds that are printed beside."""
ROUNDING = 1e-9
STEPS = 60


class Kept(NamedTuple):
    """A threshold, how many of the labelled posts it misses, and the bound on the share it keeps."""

    threshold: float
    missed: int
    bound: float


def keep(scores: Sequence[float], reach: float) -> Kept | None:
    """Return the highest threshold that keeps this share of new posts; None: too few scores for such a promise.

    Args:
        scores: of labelled posts that are actionable.
        reach: expected share of new ones at or above the threshold, at least.
    """
    allowed = floor((len(scores) + 1) * (1 - reach) + ROUNDING) - 1
    if allowed < 0:
        return None
    threshold = sorted(scores)[min(allowed, len(scores) - 1)]
    missed = sum(score < threshold for score in scores)
    return Kept(threshold, missed, 1 - (missed + 1) / (len(scores) + 1))


def needed(reach: float) -> int:
    """Return how many labelled actionable posts a promise of this share needs."""
    count = max(1, floor(1 / (1 - reach)) - 2)
    while keep([0.0] * count, reach) is None:
        count += 1
    return count


def purest(scores: Sequence[tuple[float, bool]], wrong: float, lowest: float) -> float | None:
    """Return the lowest threshold above which few enough posts are wrong; None: there is none.

    The post that was not seen counts as wrong beside those that are. That one threshold of many was chosen is not corrected for.

    Args:
        scores: of all labelled posts, with whether each is actionable.
        wrong: share of wrong ones that is allowed.
        lowest: no threshold below this is looked for.
    """
    found, mistakes = None, 0
    for count, (score, is_right) in enumerate(sorted(scores, key=lambda one: (-one[0], one[1])), 1):
        if score < lowest:
            break
        mistakes += not is_right
        if (mistakes + 1) / (count + 1) <= wrong:
            found = score
    return found


def least(hits: int, count: int, confidence: float = CONFIDENCE) -> float:
    """Return the exact lower bound (Clopper-Pearson) on a share of which `hits` of `count` were seen."""
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
    """Return the chance of so many hits or more."""
    if share <= 0 or share >= 1:
        return float(share >= 1)
    whole = lgamma(count + 1)
    return sum(
        exp(whole - lgamma(k + 1) - lgamma(count - k + 1) + k * log(share) + (count - k) * log1p(-share))
        for k in range(hits, count + 1)
    )
