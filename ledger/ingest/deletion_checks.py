"""Whether posts are still there: which the network is to be asked for now, and what it answered, counted by the day (UTC)."""

from collections.abc import Collection, Sequence
from datetime import date, datetime

from sqlalchemy import Connection, select, update

from core.records import Record
from ledger import schema
from ledger.database import Ledger
from ledger.database.upsert import insert
from ledger.retention.forget import forget_upstream
from ledger.retention.vacuum import wipe_if_due


class Asked(Record):
    """What a day of asking brought."""

    asked: int = 0
    gone: int = 0
    unanswered: int = 0

    @property
    def answered(self) -> int:
        """What counts against the day's limit: posts of servers that are not called up are passed over for nothing."""
        return self.asked - self.unanswered


def due(ledger: Ledger, source: str, seen_before: datetime, since: datetime, limit: int) -> list[tuple[str, str]]:
    """Post and encrypted origin of those that were not seen lately, received since then; the longest unseen first."""
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


def answered(
    ledger: Ledger, source: str, there: Sequence[str], gone: Sequence[str], unanswered: Sequence[str], now: datetime
) -> int:
    """Write down one answer whole: forget what is gone, look at the others later again; how many were forgotten."""
    with ledger.write() as connection:
        forgotten = forget_upstream(connection, source, gone, now)
        _seen(connection, {*there, *unanswered}, now)
        counts = {"gone": len(gone), "unanswered": len(unanswered), "asked": len(there) + len(gone) + len(unanswered)}
        _add(connection, source, now.date(), counts)
    wipe_if_due(ledger)
    return forgotten


def asked_on(ledger: Ledger, source: str, day: date) -> Asked:
    """What was asked on this day (UTC)."""
    askings = schema.askings.c
    statement = select(askings.asked, askings.gone, askings.unanswered).where(
        askings.source == source, askings.day == day
    )
    with ledger.read() as connection:
        row = connection.execute(statement).mappings().first()
    return Asked() if row is None else Asked(**row)


def _seen(connection: Connection, ids: Collection[str], now: datetime) -> None:
    origins = schema.origins
    connection.execute(update(origins).where(origins.c.post_id.in_(sorted(ids))).values(seen_at=now))


def _add(connection: Connection, source: str, day: date, counts: dict[str, int]) -> None:
    askings = schema.askings.c
    statement = insert(connection, schema.askings).values(source=source, day=day, **counts)
    more = {name: askings[name] + n for name, n in counts.items()}
    connection.execute(statement.on_conflict_do_update(index_elements=["source", "day"], set_=more))
