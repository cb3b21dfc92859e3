"""What the search engine took, refused or could not take now is noted here; what changed meanwhile stays pending."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, Table, select, update

from core.read_models import CaseRecord, PostRecord
from ledger import schema
from ledger.database import Ledger
from ledger.mapping import CHUNK

REFUSED_DELETION_WAITS = timedelta(hours=1)


@dataclass(frozen=True)
class Work:
    """What one worker has to write and to delete; each fact carries its version."""

    posts: tuple[PostRecord, ...]
    cases: tuple[CaseRecord, ...]
    delete: tuple[str, ...]
    """post_ids of forgotten posts."""

    @property
    def any(self) -> bool:
        """True when there is something to do."""
        return bool(self.posts or self.cases or self.delete)


def key_of(table: Table) -> ColumnElement[str]:
    """What its documents are named after."""
    return table.c.post_id if table is schema.posts else table.c.case_key


def mark_written(
    ledger: Ledger, worker: str, work: Work, refused: Mapping[str, str], retry: Collection[str], now: datetime
) -> None:
    """Note what the engine took. What changed while it was written, or was lent to another worker by now, stays pending."""
    posts = {fact.post_id: fact.version for fact in work.posts}
    cases = {fact.case_key: fact.version for fact in work.cases}
    with ledger.write() as connection:
        for table, versions in ((schema.posts, posts), (schema.cases, cases)):
            _mark(connection, table, worker, versions, refused, retry)
        _mark_deleted(connection, worker, work.delete, refused, retry, now)
        deletions = schema.deletions
        ours = (deletions.c.held_by == worker) & deletions.c.post_id.in_(list(posts))
        connection.execute(update(deletions).where(ours).values(held_by=None, held_until=None))


def _mark(
    connection: Connection,
    table: Table,
    worker: str,
    versions: Mapping[str, int],
    refused: Mapping[str, str],
    retry: Collection[str],
) -> None:
    key, ids = key_of(table), sorted(versions)
    for start in range(0, len(ids), CHUNK):
        some = ids[start : start + CHUNK]
        rows = connection.execute(
            select(key, table.c.version)
            .where(key.in_(some), table.c.index_worker == worker)
            .order_by(key)
            .with_for_update()
        ).all()
        current = [row[0] for row in rows if row.version == versions[row[0]] and row[0] not in retry]
        taken = [one for one in current if one not in refused]
        connection.execute(update(table).where(key.in_(taken)).values(index_state="indexed", index_reason=None))
        for one in current:
            if one in refused:
                connection.execute(
                    update(table).where(key == one).values(index_state="refused", index_reason=refused[one])
                )
        held = [row[0] for row in rows]
        connection.execute(update(table).where(key.in_(held)).values(index_worker=None, index_until=None))


def _mark_deleted(
    connection: Connection,
    worker: str,
    ids: Sequence[str],
    refused: Collection[str],
    retry: Collection[str],
    now: datetime,
) -> None:
    """A deletion is forgotten when the engine has confirmed it; one it refused is tried again later, never given up."""
    deletions = schema.deletions
    for one in ids:
        ours = (deletions.c.post_id == one) & (deletions.c.worker == worker)
        if one in retry or one in refused:
            until = None if one in retry else now + REFUSED_DELETION_WAITS
            connection.execute(update(deletions).where(ours).values(worker=None, until=until))
        else:
            connection.execute(deletions.delete().where(ours))
