"""Group and order what people review, and estimate what is left unread."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import chain, repeat
from typing import NamedTuple

import numpy as np

from ledger import read
from pipeline.context import Context, now
from trends.emerging import centred, groups
from triage.review import ReviewLook, ReviewPost, looks, unread_estimate

MOST_WAITING = 2_000
"""Posts that are grouped and ordered: risks and the surest."""
UNREAD_DAYS = 7
"""Days of which the posts without a look are estimated."""


class UnreadPosts(NamedTuple):
    """Count the posts left unread, and those that report something."""

    posts: int
    expected: int
    at_most: int


def queue(context: Context) -> list[ReviewLook]:
    """Return the looks that wait, those that gain most first."""
    ledger = context.ledger
    waiting = read.waiting_for_review(ledger, MOST_WAITING)
    near = _near(ledger, [one.post_id for one in waiting])
    found = [
        ReviewPost(one.post_id, one.score, one.author, one.risky, tuple(filter(None, (*_keys(one), near.get(one.post_id)))))
        for one in waiting
    ]
    return looks(found, context.city.thresholds.chance)


def unread(context: Context, waiting: Sequence[ReviewLook]) -> UnreadPosts:
    """Estimate what the looks of a day leave unread."""
    left = [one.score for look in waiting[context.city.triage.review_per_day :] for one in look.posts]
    low = read.unread_scores(context.ledger, now() - timedelta(days=UNREAD_DAYS))
    scores = [*left, *chain.from_iterable(repeat(score, count) for score, count in low)]
    expected, most = unread_estimate(scores, context.city.thresholds.chance)
    return UnreadPosts(len(scores), round(expected), min(len(scores), round(most)))


def _keys(one: read.WaitingPost) -> tuple[str | None, ...]:
    """Return what makes a post one look with others."""
    return (one.incident, one.like, None if one.thread is None else f"thread:{one.thread}", f"thread:{one.post_id}")


def _near(ledger: read.Ledger, post_ids: Sequence[str]) -> dict[str, str]:
    """Return a key for each post whose text is near another's."""
    vectors = read.embeddings(ledger, post_ids)
    size = max((len(one) for one in vectors.values()), default=0)  # of one model; other lengths stay alone
    known = [one for one in post_ids if size and len(vectors.get(one, b"")) == size]
    if len(known) < 2:
        return {}
    numbers = np.frombuffer(b"".join(vectors[one] for one in known), dtype="<f2")
    matrix = centred(numbers.reshape(len(known), -1).astype(np.float32))
    return {known[n]: f"near:{number}" for number, group in enumerate(groups(known, known, matrix, 2)) for n in group}
