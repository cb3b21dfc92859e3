"""Queue documents for the search engine and store what it confirmed.

A document that changed while it was written stays pending.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, select, update

from core.records.read_models import CaseRecord, PostRecord
from ledger import schema
from ledger.database import Ledger, meta_value
from ledger.database.writing import writing
from ledger.mapping import CHUNK
from ledger.read.casework.case_records import case_record_of, select_case_records
from ledger.read.posts.records import post_record_of, select_post_records

REFUSED_DELETION_WAITS = timedelta(hours=1)


@dataclass(frozen=True)
class IndexWork:
    """Hold the documents one worker writes and deletes, each with its version."""

    posts: tuple[PostRecord, ...]
    cases: tuple[CaseRecord, ...]
    delete: tuple[str, ...]
    """post_ids of forgotten posts."""
    months: Mapping[str, str | None] = field(default_factory=dict)
    """Month of each of these; None where it is not known."""

    @property
    def any(self) -> bool:
        """Tell whether there is anything to write or delete."""
        return bool(self.posts or self.cases or self.delete)


def key_column(table: Table) -> ColumnElement[str]:
    """Return the column that names the documents of a table."""
    return table.c.post_id if table is schema.posts else table.c.case_key


def mark_written(ledger: Ledger, worker: str, work: IndexWork, refused: Mapping[str, str], retry: Collection[str], now: datetime) -> None:
    """Store the engine's answer for each document.

    A document that changed meanwhile, or was claimed by another worker, stays pending.
    """
    posts = {record.post_id: record.version for record in work.posts}
    cases = {record.case_key: record.version for record in work.cases}
    with writing(ledger) as connection:
        for table, versions in ((schema.posts, posts), (schema.cases, cases)):
            _mark(connection, table, worker, versions, refused, retry)
        _mark_deleted(connection, worker, work.delete, refused, retry, now)
        deletions = schema.index_deletions
        ours = (deletions.c.held_by == worker) & deletions.c.post_id.in_(list(posts))
        connection.execute(update(deletions).where(ours).values(held_by=None, held_until=None))


def _mark(
    connection: Connection, table: Table, worker: str, versions: Mapping[str, int], refused: Mapping[str, str], retry: Collection[str]
) -> None:
    key, ids = key_column(table), sorted(versions)
    for start in range(0, len(ids), CHUNK):
        some = ids[start : start + CHUNK]
        rows = connection.execute(
            select(key, table.c.version).where(key.in_(some), table.c.index_worker == worker).order_by(key).with_for_update()
        ).all()
        current = [row[0] for row in rows if row.version == versions[row[0]] and row[0] not in retry]
        taken = [one for one in current if one not in refused]
        connection.execute(update(table).where(key.in_(taken)).values(index_state="indexed", index_reason=None))
        for one in current:
            if one in refused:
                connection.execute(update(table).where(key == one).values(index_state="refused", index_reason=refused[one]))
        held = [row[0] for row in rows]
        connection.execute(update(table).where(key.in_(held)).values(index_worker=None, index_until=None))


def _mark_deleted(
    connection: Connection, worker: str, ids: Sequence[str], refused: Collection[str], retry: Collection[str], now: datetime
) -> None:
    """Remove confirmed deletions from the queue.

    One that the engine refused is tried again later, and never given up.
    """
    deletions = schema.index_deletions
    for one in ids:
        ours = (deletions.c.post_id == one) & (deletions.c.worker == worker)
        if one in retry or one in refused:
            until = None if one in retry else now + REFUSED_DELETION_WAITS
            connection.execute(update(deletions).where(ours).values(worker=None, until=until))
        else:
            connection.execute(deletions.delete().where(ours))


def claim_unindexed(ledger: Ledger, worker: str, limit: int, now: datetime, lease: timedelta) -> IndexWork:
    """Claim up to `limit` posts, cases and deletions each.

    A document has one writer at a time.
    """
    posts, cases = schema.posts, schema.cases
    # A post that is quarantined after an edit still has its old document, which must not stay.
    ready = (posts.c.state == "classified") | ((posts.c.state == "quarantined") & posts.c.in_engine)
    with writing(ledger) as connection:
        post_ids = _take(connection, posts, posts.c.created_at, ready, worker, limit, now, now + lease)
        case_keys = _take(connection, cases, cases.c.received_at, None, worker, limit, now, now + lease)
        deletions = _take_deletions(connection, worker, limit, now, now + lease)
        post_rows = _rows(connection, select_post_records(), posts.c.post_id, post_ids)
        case_rows = _rows(connection, select_case_records(), cases.c.case_key, case_keys)
    posts_of, cases_of = tuple(map(post_record_of, post_rows)), tuple(map(case_record_of, case_rows))
    return IndexWork(posts_of, cases_of, tuple(deletions), deletions)


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
    key = key_column(table)
    waits = (table.c.index_state == "pending") & (table.c.index_until.is_(None) | (table.c.index_until <= now))
    waiting = select(key).where(waits if ready is None else waits & ready).order_by(age, key).limit(limit)
    ids = waiting.with_for_update(skip_locked=True).scalar_subquery()
    take = update(table).where(key.in_(ids)).values(index_worker=worker, index_until=until, in_engine=True)
    return sorted(connection.execute(take.returning(key)).scalars())


def _take_deletions(connection: Connection, worker: str, limit: int, now: datetime, until: datetime) -> dict[str, str | None]:
    """Claim deletions; return their ids in order, each with its month."""
    deletions = schema.index_deletions
    free = deletions.c.until.is_(None) | (deletions.c.until <= now)
    unheld = deletions.c.held_until.is_(None) | (deletions.c.held_until <= now)
    waiting = select(deletions.c.post_id).where(free, unheld).order_by(deletions.c.queued_at).limit(limit)
    ids = waiting.with_for_update(skip_locked=True).scalar_subquery()
    take = update(deletions).where(deletions.c.post_id.in_(ids)).values(worker=worker, until=until)
    taken = connection.execute(take.returning(deletions.c.post_id, deletions.c.month)).all()
    months: dict[str, str | None] = {row.post_id: row.month for row in taken}
    return dict(sorted(months.items()))


def _rows(connection: Connection, statement: Any, key: ColumnElement[str], ids: Sequence[str]) -> list[Any]:
    found: list[Any] = []
    for start in range(0, len(ids), CHUNK):
        found += connection.execute(statement.where(key.in_(ids[start : start + CHUNK]))).all()
    return found


def reindex_all(ledger: Ledger) -> None:
    """Queue every document again, because the index was dropped.

    A worker that is writing now loses its lease.
    """
    with writing(ledger) as connection:
        for table in (schema.posts, schema.cases):
            pending = {"index_state": "pending", "index_reason": None, "index_worker": None, "index_until": None}
            connection.execute(update(table).values(**pending))
        connection.execute(update(schema.index_deletions).values(worker=None, until=None))


def retry_refused(ledger: Ledger) -> int:
    """Queue the refused documents again; return how many."""
    with writing(ledger) as connection:
        pending = {"index_state": "pending", "index_reason": None}
        return sum(
            connection.execute(update(table).where(table.c.index_state == "refused").values(**pending)).rowcount
            for table in (schema.posts, schema.cases)
        )


def marker(ledger: Ledger) -> tuple[str, int]:
    """Return the ledger's id and generation, which the engine must hold."""
    return ledger.ledger_id, ledger.generation()


def bump_generation(ledger: Ledger, now: datetime) -> int:
    """Begin a new generation after a restore: every index must be rebuilt.

    It follows the clock: a ledger restored twice from the same copy must not match the marker of the first time.
    """
    with writing(ledger) as connection:
        generation = max(int(meta_value(connection, "generation")) + 1, int(now.timestamp()))
        meta = schema.meta
        connection.execute(update(meta).where(meta.c.name == "generation").values(value=str(generation)))
    return generation
