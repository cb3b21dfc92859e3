"""Find what changed most between a period and earlier ones.

Counts of one period are compared with those of earlier periods of the same length.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import erfc, log10, sqrt
from statistics import median

from trends.chance import surprise

LEAST_PERIODS = 3
"""Earlier periods without which nothing is said to be usual."""
LEAST_CHANGE = 5
"""Posts by which a count must differ; less is never named."""
FLOOR = 0.5
"""Smallest expected count: what never occurred may occur by chance."""
FALSE_ALARM = 0.05
"""Share of unremarkable periods in which a change is named all the same, over all subjects together, if the spread were known exactly; with
eight earlier periods it is below a tenth (a test simulates it)."""
SAME_CHANGE = 0.6
"""A narrower subject with this share of a change is named instead of the wider one."""
Subject = tuple[str, ...]
"""Kind and names, such as `("topic", "noise")`; a service in a district: `("topic_district", "noise", "Usera")`."""
VAGUE = frozenset({"intent"})
"""Kinds of subject that are named only where no service or place has most of their change."""


@dataclass(frozen=True)
class Usual:
    """Hold what is usual: median and range of earlier periods."""

    middle: float
    low: int
    high: int
    periods: int


@dataclass(frozen=True)
class Changed:
    """Hold a subject whose count is unusual."""

    subject: Subject
    now: int
    usual: Usual
    score: float
    """-log10 of the probability of such a count by chance."""

    @property
    def change(self) -> float:
        """Return by how much it differs from the usual; negative: fewer."""
        return self.now - self.usual.middle


def usual_of(counts: Sequence[int]) -> Usual | None:
    """Return what is usual; None: too few earlier periods.

    >>> usual_of([10, 12, 11, 40])
    Usual(middle=11.5, low=10, high=40, periods=4)
    >>> usual_of([10, 12]) is None
    True
    """
    if len(counts) < LEAST_PERIODS:
        return None
    return Usual(float(median(counts)), min(counts), max(counts), len(counts))


def improbability(now: int, counts: Sequence[int]) -> float:
    """Return -log10 of the probability of such a count by chance.

    The spread of the earlier counts is estimated robustly, so that one earlier event hides no other; it is never less than chance.

    >>> improbability(12, [10, 12, 11, 9]), improbability(40, [10, 12, 11, 9]) > 6
    (0.0, True)
    >>> improbability(0, [30, 28, 33]) > 3
    True
    """
    middle = max(FLOOR, float(median(counts)))
    spread = 1.4826 * median(abs(one - middle) for one in counts)
    variance = max(middle, spread**2)
    size = middle**2 / (variance - middle) if variance > middle * 1.001 else 1e6
    if now > middle:
        return surprise(now, middle, size)
    distance = max(0.0, middle - now - 0.5) / sqrt(variance)
    return max(0.0, -log10(max(erfc(distance / sqrt(2)) / 2, 1e-300)) - log10(2)) if distance else 0.0


def unusual(now: Mapping[Subject, int], earlier: Sequence[Mapping[Subject, int]]) -> list[Changed]:
    """Return the subjects with an unusual count, the largest change first.

    The more subjects are looked at, the more improbable a change must be.
    """
    subjects = sorted({*now, *(one for counts in earlier for one in counts)})
    bound = -log10(FALSE_ALARM / max(1, len(subjects)))
    found = []
    for subject in subjects:
        count, before = now.get(subject, 0), [counts.get(subject, 0) for counts in earlier]
        usual = usual_of(before)
        if usual is None or abs(count - usual.middle) < LEAST_CHANGE:
            continue
        score = improbability(count, before)
        if score >= bound:
            found.append(Changed(subject, count, usual, score))
    return sorted(found, key=lambda one: (-abs(one.change), one.subject))


def most_changed(found: Iterable[Changed]) -> Changed | None:
    """Return the change to name: the largest, by its most telling subject.

    A service in one district is named when it has most of the change of its service; a service when it has most of a vague one.
    """
    changes = list(found)
    if not changes:
        return None
    chosen = changes[0]
    if chosen.subject[0] in VAGUE:
        chosen = next((one for one in changes if one.subject[0] not in VAGUE and _has_most(one, chosen)), chosen)
    narrower = (
        one
        for one in changes
        if len(one.subject) > len(chosen.subject) and set(chosen.subject[1:]) <= set(one.subject[1:]) and _has_most(one, chosen)
    )
    return next(narrower, chosen)


def _has_most(one: Changed, of: Changed) -> bool:
    """Tell whether a change has most of another, in the same direction."""
    return one.change * of.change > 0 and abs(one.change) >= SAME_CHANGE * abs(of.change)
