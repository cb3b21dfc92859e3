"""What the search engine still has to get: its view is filled from here, and every document it confirmed is noted here."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, select, update

from ledger import schema
from ledger.database import Ledger, meta_value
from ledger.indexing.outcomes import Work, key_of, mark_written
from ledger.mapping import CHUNK
from ledger.read.case_records import case_fact_of, cases_with_times
from ledger.read.post_records import post_fact_of, posts_with_all

__all__ = ["Work", "bump_generation", "claim_unindexed", "mark_written", "marker", "reindex_all", "retry_refused"]


def claim_unindexed(ledger: Ledger, worker: str, limit: int, now: datetime, lease: timedelta) -> Work:
    """Up to `limit` posts, cases and deletions each, lent to this worker. A document has one writer at a time."""
    posts, cases = schema.posts, schema.cases
    # A post that could be read once and cannot be after an edit has an old document, which must not stay.
    ready = (posts.c.state == "classified") | ((posts.c.state == "quarantined") & posts.c.in_engine)
    with ledger.write() as connection:
        post_ids = _take(connection, posts, posts.c.created_at, ready, worker, limit, now, now + lease)
        case_keys = _take(connection, cases, cases.c.received_at, None, worker, limit, now, now + lease)
        deletions = _take_deletions(connection, worker, limit, now, now + lease)
        post_rows = _rows(connection, posts_with_all(), posts.c.post_id, post_ids)
        case_rows = _rows(connection, cases_with_times(), cases.c.case_key, case_keys)
    return Work(tuple(map(post_fact_of, post_rows)), tuple(map(case_fact_of, case_rows)), tuple(deletions))


def _take(
    connection: Connection,
    table: Table,
    age: ColumnElement[datetime],
    ready: ColumnElement[bool] | None,
    worker: str,
    limit: int,
    now: datetime,
    until: datetime,
) -> Sequence[str]:
    key = key_of(table)
    waits = (table.c.index_state == "pending") & (table.c.index_until.is_(None) | (table.c.index_until <= now))
    waiting = select(key).where(waits if ready is None else waits & ready).order_by(age, key).limit(limit)
    ids = waiting.with_for_update(skip_locked=True).scalar_subquery()
    take = update(table).where(key.in_(ids)).values(index_worker=worker, index_until=until, in_engine=True)
    return sorted(connection.execute(take.returning(key)).scalars())


def _take_deletions(connection: Connection, worker: str, limit: int, now: datetime, until: datetime) -> Sequence[str]:
    deletions = schema.deletions
    free = deletions.c.until.is_(None) | (deletions.c.until <= now)
    unheld = deletions.c.held_until.is_(None) | (deletions.c.held_until <= now)
    waiting = select(deletions.c.post_id).where(free, unheld).order_by(deletions.c.queued_at).limit(limit)
    ids = waiting.with_for_update(skip_locked=True).scalar_subquery()
    take = update(deletions).where(deletions.c.post_id.in_(ids)).values(worker=worker, until=until)
    return sorted(connection.execute(take.returning(deletions.c.post_id)).scalars())


def _rows(connection: Connection, statement: Any, key: ColumnElement[str], ids: Sequence[str]) -> list[Any]:
    found: list[Any] = []
    for start in range(0, len(ids), CHUNK):
        found += connection.execute(statement.where(key.in_(ids[start : start + CHUNK]))).all()
    return found


def reindex_all(ledger: Ledger) -> None:
    """Let everything wait for the engine again, because its view was thrown away. Who is writing now loses its lease."""
    with ledger.write() as connection:
        for table in (schema.posts, schema.cases):
            anew = {"index_state": "pending", "index_reason": None, "index_worker": None, "index_until": None}
            connection.execute(update(table).values(**anew))
        connection.execute(update(schema.deletions).values(worker=None, until=None))


def retry_refused(ledger: Ledger) -> int:
    """Let what the engine refused wait again; how many documents."""
    with ledger.write() as connection:
        anew = {"index_state": "pending", "index_reason": None}
        return sum(
            connection.execute(update(table).where(table.c.index_state == "refused").values(**anew)).rowcount
            for table in (schema.posts, schema.cases)
        )


def marker(ledger: Ledger) -> tuple[str, int]:
    """Whose view the engine has to hold: the ledger's id and generation."""
    return ledger.ledger_id, ledger.generation()


def bump_generation(ledger: Ledger, now: datetime) -> int:
    """A new generation, after the ledger was restored: every view of it has to be filled anew.

    It follows the clock: a ledger restored twice from the same copy must not meet the marker of the first time.
    """
    with ledger.write() as connection:
        generation = max(int(meta_value(connection, "generation")) + 1, int(now.timestamp()))
        meta = schema.meta
        connection.execute(update(meta).where(meta.c.name == "generation").values(value=str(generation)))
    return generation
