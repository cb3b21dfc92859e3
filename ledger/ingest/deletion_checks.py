"""Track which posts to check for upstream deletion, and the answers.

The counts are kept by day (UTC).
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import Connection, select, update

from core.records import Record
from core.records.post import StoredReach
from ledger import schema
from ledger.database import Ledger, insert
from ledger.database.writing import writing
from ledger.ingest.reach import update_reach
from ledger.retention.forget import forget_upstream
from ledger.retention.vacuum import vacuum_if_due


class DayCounts(Record):
    """Count the checks of one day."""

    checked: int = 0
    deleted: int = 0
    unanswered: int = 0

    @property
    def answered(self) -> int:
        """Return the checks that count against the day's limit.

        Posts of servers that are not called count as unanswered.
        """
        return self.checked - self.unanswered


def due(ledger: Ledger, source: str, seen_before: datetime, since: datetime, limit: int) -> list[tuple[str, str]]:
    """Return post id and encrypted origin of posts not seen lately.

    Only posts received since `since`, the longest unseen first.
    """
    origins, posts = schema.origins, schema.posts
    statement = (
        select(origins.c.post_id, origins.c.origin)
        .join(posts, posts.c.post_id == origins.c.post_id)
        .where(origins.c.source == source, origins.c.seen_at < seen_before, posts.c.received_at >= since)
        .order_by(origins.c.seen_at, origins.c.post_id)
        .limit(limit)
    )
    with ledger.read() as connection:
        return [(row.post_id, row.origin) for row in connection.execute(statement)]


def store_answers(
    ledger: Ledger, source: str, there: Mapping[str, StoredReach], deleted: Sequence[str], unanswered: Sequence[str], now: datetime
) -> int:
    """Store one answer whole and forget the deleted posts; return how many.

    The others get the reach that the answer gives, and are checked again later.
    """
    with writing(ledger) as connection:
        forgotten = forget_upstream(connection, source, deleted, now)
        update_reach(connection, there)
        _seen(connection, {*there, *unanswered}, now)
        counts = {"deleted": len(deleted), "unanswered": len(unanswered), "checked": len(there) + len(deleted) + len(unanswered)}
        _add(connection, source, now.date(), counts)
    vacuum_if_due(ledger)
    return forgotten


def counts_on(ledger: Ledger, source: str, day: date) -> DayCounts:
    """Return the counts of this day (UTC)."""
    checks = schema.deletion_checks.c
    statement = select(checks.checked, checks.deleted, checks.unanswered).where(checks.source == source, checks.day == day)
    with ledger.read() as connection:
        row = connection.execute(statement).mappings().first()
    return DayCounts() if row is None else DayCounts(**row)


def _seen(connection: Connection, ids: Collection[str], now: datetime) -> None:
    origins = schema.origins
    connection.execute(update(origins).where(origins.c.post_id.in_(sorted(ids))).values(seen_at=now))


def _add(connection: Connection, source: str, day: date, counts: dict[str, int]) -> None:
    checks = schema.deletion_checks.c
    statement = insert(connection, schema.deletion_checks).values(source=source, day=day, **counts)
    more = {name: checks[name] + n for name, n in counts.items()}
    connection.execute(statement.on_conflict_do_update(index_elements=["source", "day"], set_=more))
