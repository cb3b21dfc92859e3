"""Compute the small statistics of the desk and the reports."""

from datetime import datetime

from sqlalchemy import func, select

from core.records.post import EXAMPLE, is_example
from ledger import schema
from ledger.database import Ledger


def any_replay(ledger: Ledger) -> bool:
    """Tell whether the ledger holds replayed archive posts; examples do not count."""
    posts = schema.posts.c
    is_replay = posts.replayed_from.is_not(None) & ~posts.source.startswith(EXAMPLE, autoescape=True)
    with ledger.read() as connection:
        return connection.execute(select(posts.post_id).where(is_replay).limit(1)).first() is not None


def any_example(ledger: Ledger) -> bool:
    """Tell whether the ledger holds posts of the example month."""
    cursors, origins = schema.cursors.c, schema.origins.c
    with ledger.read() as connection:  # by source name, which is indexed; otherwise every page would scan all posts
        known = connection.execute(select(cursors.source)).scalars()
        names = [name for name in known if is_example(name)]
        return connection.execute(select(origins.post_id).where(origins.source.in_(names)).limit(1)).first() is not None


def pending_counts(ledger: Ledger, start: datetime, end: datetime) -> list[tuple[str, int]]:
    """Count the posts that wait to be annotated, by source."""
    posts = schema.posts.c
    waiting = (
        select(posts.source, func.count())
        .where(posts.state == "pending", posts.created_at >= start, posts.created_at < end)
        .group_by(posts.source)
        .order_by(posts.source)
    )
    with ledger.read() as connection:
        return [(source, n) for source, n in connection.execute(waiting)]


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
