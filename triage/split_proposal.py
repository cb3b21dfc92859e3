"""Propose posts of a case to split off.

A rule on places and topics, sure enough to show to a person; nothing is split by the machine.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from triage.incident_matching.pair_features import metres
from triage.incident_matching.subjects import text_folded

FAR_M = 500.0
"""Distance from which two places are not one incident."""
SURE_TOPIC = 0.8
"""Score from which a topic counts."""
LEAST_LETTERS = 4
LEAST = 2
"""A case of fewer posts has nothing to split."""
NO_TOPIC = "other"


@dataclass(frozen=True)
class Witness:
    """Hold what a post of a case says about place and topic."""

    post_id: str
    topic: str | None
    topic_score: float
    point: tuple[float, float] | None
    """Latitude and longitude; None: no place that is sure."""
    place: str | None = None


@dataclass(frozen=True)
class SplitProposal:
    """Name the posts to split off, and what they speak of."""

    post_ids: tuple[str, ...]
    reason: str
    """`place` or `topic`."""
    of_case: str
    """Place or topic of the other posts."""
    of_posts: str
    """Place or topic of these posts."""


def propose_split(witnesses: Sequence[Witness]) -> SplitProposal | None:
    """Return later posts of a case that clearly concern something else.

    Only posts that differ from every earlier one count, so that a series of places along a street is not torn apart. A different topic
    counts when both are sure and no place says that it is the same.

    Args:
        witnesses: the posts of a case, oldest first, without copies.
    """
    if len(witnesses) < LEAST:
        return None
    first, others = [witnesses[0]], list[Witness]()
    for one in witnesses[1:]:
        (others if all(_differs(one, each) for each in first) else first).append(one)
    if not others or len(others) >= len(witnesses):
        return None
    about = others[0]
    together = [one for one in others if one is about or not _differs(one, about)]
    far = all(_is_far(one, each) for one in together for each in first)
    of_case, of_posts = (_place(first), _place(together)) if far else (_topic(first), _topic(together))
    reason = "place" if far else "topic"
    return SplitProposal(tuple(one.post_id for one in together), reason, of_case, of_posts)


def _differs(one: Witness, other: Witness) -> bool:
    if _names(one) & _names(other):
        return False  # "Calle de Velarde" may be "Plaza de Daoíz y Velarde", which the model did not recognise
    return _is_far(one, other) or (_other_topic(one, other) and not _is_near(one, other))


def _names(one: Witness) -> frozenset[str]:
    """Return a place's name as words, without its type, the first."""
    return frozenset(word for word in text_folded(one.place or "").split()[1:] if len(word) >= LEAST_LETTERS)


def _is_far(one: Witness, other: Witness) -> bool:
    return one.point is not None and other.point is not None and metres(one.point, other.point) > FAR_M


def _is_near(one: Witness, other: Witness) -> bool:
    return one.point is not None and other.point is not None and metres(one.point, other.point) <= FAR_M


def _other_topic(one: Witness, other: Witness) -> bool:
    sure = min(one.topic_score, other.topic_score) >= SURE_TOPIC
    named = NO_TOPIC not in (one.topic, other.topic) and None not in (one.topic, other.topic)
    return sure and named and one.topic != other.topic


def _place(some: Sequence[Witness]) -> str:
    return _most_common(one.place for one in some)


def _topic(some: Sequence[Witness]) -> str:
    return _most_common(one.topic for one in some)


def _most_common(values: Iterable[str | None]) -> str:
    counted = Counter(value for value in values if value)
    return counted.most_common(1)[0][0] if counted else ""
