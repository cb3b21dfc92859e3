"""Separate the proposals of a participation platform.

The same proposal for the same place joins; a similar one is suggested. The models were trained on short posts about defects. Of
proposals, which are long and share many words, they are right half as often as their probabilities say (docs/explanation/triage.md has
the figures), so similarity alone never joins two proposals.
"""

from triage.incident_matching.grams import in_common
from triage.incident_matching.post_features import PostFeatures

SURE = 0.85
"""Probability from which two proposals for the same subject and place match."""
COPY = 0.8
"""Share of 4-grams from which a proposal counts as a copy."""
RIGHT = 0.5
"""Correction of the models' probability for pairs of proposals."""
WORTH_ASKING = 0.25
"""Minimum probability to suggest a proposal to a person."""


def of_proposals(features: PostFeatures, first: PostFeatures, probability: float, join: float) -> float:
    """Return the probability of a match when either is a proposal.

    Below `join` unless both ask for the same.

    Args:
        features: those of the post.
        first: the first post of the incident: every post that joins must agree with it, so that matches do not chain.
        probability: the probability by the models.
        join: the threshold from which a post joins.
    """
    if is_copy(features, first) or (probability >= SURE and asks_the_same(features, first)):
        return probability
    corrected = min(probability * RIGHT, join - 0.01)
    return corrected if corrected >= WORTH_ASKING else 0.0


def asks_the_same(one: PostFeatures, other: PostFeatures) -> bool:
    """Return whether two posts share place, topic and a headline subject."""
    if one.place is None or other.place is None or one.place.key is None or one.place.key != other.place.key:
        return False
    return one.topic == other.topic and not one.requested.isdisjoint(other.requested)


def is_copy(one: PostFeatures, other: PostFeatures) -> bool:
    """Return whether two posts are near copies."""
    common = in_common(one.grams, other.grams)
    return common > 0 and common >= COPY * (len(one.grams) + len(other.grams) - common)
