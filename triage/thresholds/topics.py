"""Derive from which certainty on the topic of a case is decided."""

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from core.config.thresholds import ALL, TopicBar
from triage.thresholds.conformal import lowest_precise_threshold

WRONG = 0.08
"""Allowed share of wrong topics among those that are decided."""
NEEDED = 100
"""Minimum matters for a bar of a kind of source."""
DIGITS = 4


class Matter(NamedTuple):
    """Hold the vote on the topic of a labelled matter.

    A matter is an incident, or an actionable post of none.
    """

    population: str
    kind: str
    """Of the source of its first post."""
    certainty: float
    is_right: bool


def derive_topics(matters: Sequence[Matter]) -> tuple[TopicBar, ...]:
    """Derive the bar of all matters, and of each kind with enough.

    A kind without one uses that of all; none at all: too few matters, or too many wrong topics among the surest.
    """
    members: dict[str, list[Matter]] = defaultdict(list)
    for one in matters:
        for kind in (ALL, one.kind):
            members[kind].append(one)
    found = [_bar(kind, some) for kind, some in sorted(members.items()) if len(some) >= NEEDED]
    return tuple(one for one in found if one is not None)


def _bar(kind: str, matters: Sequence[Matter]) -> TopicBar | None:
    lowest = lowest_precise_threshold([(one.certainty, one.is_right) for one in matters], WRONG, 0.0)
    if lowest is None:
        return None
    bar = int(lowest * 10**DIGITS) / 10**DIGITS  # rounded down: the lowest one itself is decided
    decided = [one for one in matters if one.certainty >= bar]
    return TopicBar(
        kind=kind,
        bar=bar,
        matters=len(matters),
        asked=round(1 - len(decided) / len(matters), DIGITS),
        right=round(_share_right(decided), DIGITS),
        right_before=round(_share_right(matters), DIGITS),
    )


def _share_right(matters: Sequence[Matter]) -> float:
    return sum(one.is_right for one in matters) / len(matters)
