"""Query the review queue: each topic in turn, copies once."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Integer, Select, and_, cast, func, or_, select

from core.records.read_models import PostRecord
from ledger import schema
from ledger.cases.counts import is_copy
from ledger.database import Ledger
from ledger.read.posts.records import post_record_of, select_post_records

RISK = "risk:"
"""Beginning of the reason of a post that reports what may hurt people."""
BELOW = ("below:", "relevance:", "language:")
"""Beginnings of the reasons of posts whose score is too low for a look."""
LEANING = 0.5
"""Score of `actionable` from which the model leans towards a case."""


class ScoreCount(NamedTuple):
    """Count the posts of one decision at one score of `actionable`."""

    decision: str
    """in_case, in_review, or no_case."""
    score: float
    """Rounded down to thousandths."""
    posts: int
    first: datetime
    """When the first of them came in."""


def review_queue(ledger: Ledger, limit: int, offset: int = 0) -> list[PostRecord]:
    """Return a page of the posts in review.

    The likeliest case of each topic comes first, then the second of each, and so on: many posts about one service hide no other one. Of
    the copies of a text in one incident only one is listed; a person's decision about it covers them all.
    """
    queue = _listed().subquery()
    score = queue.c.score.desc().nulls_last()
    turn = func.row_number().over(partition_by=queue.c.topic, order_by=(score, queue.c.post_id)).label("turn")
    turns = select(queue.c.post_id, queue.c.score, turn).subquery()
    some = select(turns.c.post_id).order_by(turns.c.turn, turns.c.score.desc().nulls_last(), turns.c.post_id).limit(limit).offset(offset)
    with ledger.read() as connection:
        ids = list(connection.execute(some).scalars())
        found = connection.execute(select_post_records().where(schema.posts.c.post_id.in_(ids))).all()
    by_id = {row.post_id: post_record_of(row) for row in found}
    return [by_id[one] for one in ids]


def count_review_queue(ledger: Ledger) -> int:
    """Count the entries of the review queue, copies once."""
    with ledger.read() as connection:
        return int(connection.execute(select(func.count()).select_from(_listed().subquery())).scalar_one())


class WaitingPost(NamedTuple):
    """Hold what orders and groups a post that waits for a person."""

    post_id: str
    score: float
    author: str | None
    risky: bool
    """It reports what may hurt people."""
    incident: str | None
    thread: str | None
    like: str | None
    """The incident it is likeliest of; None: none is suggested."""


def waiting_for_review(ledger: Ledger, limit: int) -> list[WaitingPost]:
    """Return the posts in review, risks and the surest first.

    Of the copies of a text in one incident only one; a decision about it covers them all.
    """
    posts, labels, members = schema.posts.c, schema.labels.c, schema.incident_posts.c
    suggested = schema.incident_suggestions.c
    risky = posts.decision_reason.startswith(RISK)
    score = func.coalesce(labels.actionable_score, 0.0)
    statement = (
        select(
            posts.post_id,
            score.label("score"),
            posts.author,
            risky.label("risky"),
            members.incident_key,
            posts.thread,
            posts.reply_to,
            suggested.incident_key.label("like"),
        )
        .select_from(schema.posts)
        .outerjoin(schema.labels, labels.post_id == posts.post_id)
        .outerjoin(schema.incident_posts, members.post_id == posts.post_id)
        .outerjoin(schema.incident_suggestions, (suggested.post_id == posts.post_id) & (suggested.rank == 1))
        .where(_waits(), posts.post_id.in_(select(_listed().subquery().c.post_id)))
        .order_by(risky.desc(), score.desc(), posts.post_id)
        .limit(limit)
    )
    with ledger.read() as connection:
        rows = connection.execute(statement).all()
    return [
        WaitingPost(row.post_id, row.score, row.author, bool(row.risky), row.incident_key, row.thread or row.reply_to, row.like)
        for row in rows
    ]


def score_counts(ledger: Ledger, since: datetime) -> list[ScoreCount]:
    """Count the posts received since then by decision and score.

    Those in a case, those that wait for a person, and those that the model left without a case because of their score.
    """
    posts, labels = schema.posts.c, schema.labels.c
    score = cast(func.coalesce(labels.actionable_score, 0.0) * 1000, Integer)
    low = or_(*(posts.decision_reason.startswith(name) for name in BELOW))
    unread = and_(posts.decision == "no_case", posts.decided_by.is_(None), low)
    statement = (
        select(posts.decision, score.label("score"), func.count().label("posts"), func.min(posts.received_at).label("first"))
        .select_from(schema.posts)
        .outerjoin(schema.labels, labels.post_id == posts.post_id)
        .where(posts.received_at >= since, or_(posts.decision.in_(("in_case", "in_review")), unread))
        .group_by(posts.decision, score)
    )
    with ledger.read() as connection:
        return [ScoreCount(row.decision, row.score / 1000, row.posts, row.first) for row in connection.execute(statement)]


def copies_in_review(ledger: Ledger, post_ids: Sequence[str]) -> dict[str, int]:
    """Return how many copies in review the incident of each post has.

    The post itself is not counted; posts without copies are left out.
    """
    mine, posts = schema.incident_posts.alias("mine"), schema.posts.c
    members = schema.incident_posts.c
    statement = (
        select(mine.c.post_id, func.count().label("copies"))
        .join(schema.incident_posts, members.incident_key == mine.c.incident_key)
        .join(schema.posts, posts.post_id == members.post_id)
        .where(mine.c.post_id.in_(list(post_ids)), members.post_id != mine.c.post_id, _waits(), is_copy())
        .group_by(mine.c.post_id)
    )
    with ledger.read() as connection:
        return {row.post_id: row.copies for row in connection.execute(statement)}


class Agreement(NamedTuple):
    """Count people's decisions in review, and the model's agreement."""

    agreed: int
    total: int


def review_agreement(ledger: Ledger) -> Agreement:
    """Return how often people decided as the model leaned.

    It leans towards a case from a score of 0.5 on.

    Posts that were erased since are left out.
    """
    audit, labels = schema.audit.c, schema.labels.c
    leaned = func.coalesce(labels.actionable_score, 0.0) >= LEANING
    agreed = ((audit.what == "accept") & leaned) | ((audit.what == "reject") & ~leaned)
    statement = (
        select(func.count().filter(agreed), func.count())
        .select_from(schema.audit)
        .join(schema.labels, labels.post_id == audit.subject)
        .where(audit.what.in_(("accept", "reject")))
    )
    with ledger.read() as connection:
        row = connection.execute(statement).one()
    return Agreement(int(row[0]), int(row[1]))


def _listed() -> Select[Any]:
    """Select the posts that the queue lists: id, topic and score."""
    posts, labels, members = schema.posts.c, schema.labels.c, schema.incident_posts.c
    incident = func.coalesce(members.incident_key, posts.post_id)
    place = func.row_number().over(partition_by=incident, order_by=(is_copy(), labels.actionable_score.desc().nulls_last(), posts.post_id))
    waiting = (
        select(
            posts.post_id,
            func.coalesce(labels.topic, "").label("topic"),
            labels.actionable_score.label("score"),
            is_copy().label("copy"),
            place.label("place"),
        )
        .select_from(schema.posts)
        .outerjoin(schema.labels, labels.post_id == posts.post_id)
        .outerjoin(schema.incident_posts, members.post_id == posts.post_id)
        .where(_waits())
        .subquery()
    )
    listed = ~waiting.c.copy | (waiting.c.place == 1)
    return select(waiting.c.post_id, waiting.c.topic, waiting.c.score).where(listed)


def _waits() -> ColumnElement[bool]:
    return schema.posts.c.decision == "in_review"
