"""Group and order what people review, and estimate what is left unread."""

from collections.abc import Sequence
from datetime import timedelta
from math import ceil
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
PRICE_DAYS = 28
READ_A_DAY = (0, 5, 10, 20, 40, 60, 100, 200, 500)
"""Numbers of posts a day that the table lists, beside the city's own `review_per_day`."""


class UnreadPosts(NamedTuple):
    """Count the posts left unread, and those that report something."""

    posts: int
    expected: int
    at_most: int


class ReadingPrice(NamedTuple):
    """Hold what reading a number of posts a day finds."""

    read_a_day: int
    reached: float
    """Share of the posts to act on that a case or a person gets, as the labelled posts let expect."""
    missed: float
    """Expected number of actionable posts a week that are in no case and not read."""
    at_most: float
    """Upper bound of these."""


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
    counts = read.score_counts(context.ledger, now() - timedelta(days=UNREAD_DAYS))
    scores = [*left, *_scores(counts, "no_case")]
    expected, most = unread_estimate(scores, context.city.thresholds.chance)
    return UnreadPosts(len(scores), round(expected), min(len(scores), round(most)))


def reading_prices(context: Context) -> list[ReadingPrice]:
    """Return what reading more of the last weeks would find.

    From none to all that no case holds, the likeliest first; empty: nothing came in.
    """
    moment = now()
    counts = read.score_counts(context.ledger, moment - timedelta(days=PRICE_DAYS))
    if not counts:
        return []
    days = max(1, ceil((moment - min(one.first for one in counts)) / timedelta(days=1)))
    chance = context.city.thresholds.chance
    held = unread_estimate(_scores(counts, "in_case"), chance)[0]
    others = sorted(_scores(counts, "in_review", "no_case"), reverse=True)
    total = held + unread_estimate(others, chance)[0]
    numbers = sorted({n for n in (*READ_A_DAY, context.city.triage.review_per_day) if n * days < len(others)})
    found = []
    for read_a_day in (*numbers, ceil(len(others) / days)):
        missed, at_most = unread_estimate(others[read_a_day * days :], chance)
        reached = 1 - missed / total if total else 1.0
        found.append(ReadingPrice(read_a_day, reached, missed / days * 7, at_most / days * 7))
    return found


def _scores(counts: Sequence[read.ScoreCount], *decisions: str) -> list[float]:
    return [one.score for one in counts if one.decision in decisions for _ in range(one.posts)]


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
