"""Keep proposals of a participation platform apart: the same wish for the same place joins, a like one is suggested.

The models learned from short posts about what is wrong. Of proposals, which are long and share many words, they are right half as
often as they say (docs/explanation/triage.md has the figures), so likeness alone puts no proposal to another.
"""

from triage.incident_matching.post_features import PostFeatures

SURE = 0.85
"""Chance from which on two proposals for the same thing at the same place are one."""
COPY = 0.8
"""Share of 4-grams from which on the same proposal was sent twice."""
RIGHT = 0.5
"""Of pairs of proposals so many are one as the models say, times this."""
WORTH_ASKING = 0.25
"""A proposal that is less likely the same is not suggested to a person."""


def of_proposals(form: PostFeatures, first: PostFeatures, chance: float, join: float) -> float:
    """Return the chance that a post belongs to an incident when either is a proposal; below `join` unless both ask for the same.

    Args:
        form: the post.
        first: the post that the incident began with: each that joins agrees with it, so that none leads on to the next.
        chance: what the models say.
        join: from here on a post joins.
    """
    if is_copy(form, first) or (chance >= SURE and asks_the_same(form, first)):
        return chance
    mended = min(chance * RIGHT, join - 0.01)
    return mended if mended >= WORTH_ASKING else 0.0


def asks_the_same(one: PostFeatures, other: PostFeatures) -> bool:
    """Tell whether two posts are about the same place and service, and their headlines name the same thing."""
    if one.place is None or other.place is None or one.place.key is None or one.place.key != other.place.key:
        return False
    return one.topic == other.topic and not one.asked.isdisjoint(other.asked)


def is_copy(one: PostFeatures, other: PostFeatures) -> bool:
    """Tell whether two posts say the same in the same words."""
    shared = len(one.grams & other.grams)
    return shared > 0 and shared >= COPY * (len(one.grams) + len(other.grams) - shared)
