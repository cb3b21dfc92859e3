"""Detect posts that copy another post's text, word for word or nearly.

Different people who report one problem do not write the same sentences: of 6,077 pairs of posts by different authors about one incident
(`shared/data/incidents_es`), none shared more than 0.48 of its 4-grams, apart from copies of one text.
"""

from collections.abc import Sequence
from itertools import chain

import numpy as np

from triage.incident_matching.grams import Grams, beginning, grams_of, in_common
from triage.incident_matching.post_features import PostFeatures
from triage.incident_matching.subjects import text_folded

NEAR_COPY = 0.5
"""Share of 4-grams from which two texts are copies."""
LEAST_GRAMS = 16
"""Shorter texts ("same here") are the same by chance."""
LAST = 24
"""How many of the latest earlier posts a post is compared with, besides the first: variants of a text follow each other closely."""


def is_near_copy(one: PostFeatures, other: PostFeatures) -> bool:
    """Return whether two texts are the same, or nearly.

    Two receipts of the form are two people, whatever their words: "farola apagada" says all.
    """
    if one.thing.service and other.thing.service and (one.author is None or one.author != other.author):
        return False
    if one.fingerprint == other.fingerprint:
        return True
    return are_near_copies(one.grams, other.grams)


def grams_of_text(text: str) -> Grams:
    """Return the 4-grams of a text that has no features yet."""
    return grams_of(beginning(text_folded(text).split()))


def are_near_copies(one: Grams, other: Grams) -> bool:
    """Return whether two texts are the same, or nearly, by their 4-grams.

    >>> are_near_copies(grams_of_text("¿Cuándo abre la piscina?"), grams_of_text("Cuando abre la PISCINA"))
    True
    """
    if np.array_equal(one, other):
        return True
    fewer, more = sorted((len(one), len(other)))
    if fewer < LEAST_GRAMS or fewer < NEAR_COPY * more:
        return False
    common = in_common(one, other)
    return common >= NEAR_COPY * (fewer + more - common)


def copies_earlier(features: PostFeatures, members: Sequence[PostFeatures]) -> bool:
    """Return whether a post copies an earlier post of its incident.

    Args:
        features: the post.
        members: the posts of its incident, oldest first; may include the post.
    """
    if len(features.grams) < LEAST_GRAMS:
        return False
    place = (features.at, features.post_id)
    earlier = [one for one in members if (one.at, one.post_id) < place]
    compared = chain(reversed(earlier[-LAST:]), earlier[:1])
    return any(is_near_copy(features, one) for one in compared)
