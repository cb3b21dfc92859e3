"""Compute the small statistics of the desk and the reports."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select

from core.records.post import EXAMPLE, is_example
from ledger import schema
from ledger.database import Ledger
from ledger.read.posts.records import is_spam

WEEK = timedelta(days=7)
WEEKS_BEFORE = 4
RISING_FROM = 3
"""Fewer complaints than this in a week may be chance."""
TOP = 5


def any_replay(ledger: Ledger) -> bool:
    """Tell whether the ledger holds replayed archive posts; examples do not count."""
    posts = schema.posts.c
    is_replay = posts.replayed_from.is_not(None) & ~posts.source.startswith(EXAMPLE, autoescape=True)
    with ledger.read() as connection:
        return connection.execute(select(posts.post_id).where(is_replay).limit(1)).first() is not None


def any_example(ledger: Ledger) -> bool:
    """Tell whether the ledger holds posts of the example week."""
    cursors, origins = schema.cursors.c, schema.origins.c
    with ledger.read() as connection:  # by source name, which is indexed; otherwise every page would scan all posts
        known = connection.execute(select(cursors.source)).scalars()
        names = [name for name in known if is_example(name)]
        return connection.execute(select(origins.post_id).where(origins.source.in_(names)).limit(1)).first() is not None


def rising_topics(ledger: Ledger, now: datetime) -> list[tuple[str, int, int]]:
    """Return topics with more complaints this week than in a usual week.

    Usual: the mean of the four weeks before. Topic, complaints now and usual, the highest rise first.
    """
    posts, labels = schema.posts, schema.labels.c
    this_week = posts.c.created_at >= now - WEEK
    statement = (
        select(labels.topic, _count(this_week).label("now"), _count(~this_week).label("before"))
        .join(posts, posts.c.post_id == labels.post_id)
        .where(labels.intent == "complaint", labels.topic.is_not(None), posts.c.own.is_(False))
        .where(is_spam().is_not(True))
        .where(posts.c.created_at >= now - (WEEKS_BEFORE + 1) * WEEK, posts.c.created_at < now)
        .group_by(labels.topic)
    )
    with ledger.read() as connection:
        rows = connection.execute(statement).all()
    rising = [row for row in rows if row.now >= RISING_FROM and row.now > row.before / WEEKS_BEFORE]
    rising.sort(key=lambda row: (row.before / WEEKS_BEFORE - row.now, row.topic))
    return [(row.topic, row.now, round(row.before / WEEKS_BEFORE)) for row in rising[:TOP]]


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.count().filter(condition)


def unprocessed_counts(ledger: Ledger, start: datetime, end: datetime) -> list[tuple[str, str, int]]:
    """Count records that were received and not annotated.

    Source, reason and count, of rejected records and quarantined posts.
    """
    rejects, posts = schema.rejects.c, schema.posts.c
    refused = (
        select(rejects.source, rejects.reason, func.count())
        .where(rejects.at >= start, rejects.at < end)
        .group_by(rejects.source, rejects.reason)
    )
    set_aside = (
        select(posts.source, posts.state_reason, func.count())
        .where(posts.state == "quarantined", posts.created_at >= start, posts.created_at < end)
        .group_by(posts.source, posts.state_reason)
    )
    with ledger.read() as connection:
        found = [*connection.execute(refused).all(), *connection.execute(set_aside).all()]
    return sorted((source, reason or "", n) for source, reason, n in found)
