"""List the documents that the search engine confirmed, month by month.

A new generation of the index is filled from these, and compared with them.
"""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Table, select, update

from core.records.read_models import CaseRecord, PostRecord
from ledger import schema
from ledger.database import Ledger
from ledger.database.writing import writing
from ledger.indexing import key_column
from ledger.mapping import CHUNK
from ledger.read.casework.case_records import case_record_of, select_case_records
from ledger.read.posts.records import post_record_of, select_post_records

Kind = Literal["posts", "cases"]
KINDS: tuple[Kind, ...] = ("posts", "cases")
Records = Sequence[PostRecord | CaseRecord]


def months(ledger: Ledger, kind: Kind) -> set[str]:
    """Return the months that have posts, or cases."""
    with ledger.read() as connection:
        return set(connection.execute(select(_table(kind).c.month).distinct()).scalars())


def confirmed(ledger: Ledger, kind: Kind, month: str, size: int) -> Iterator[Records]:
    """Yield the month's confirmed and unchanged documents, `size` at a time."""
    table = _table(kind)
    ours = (table.c.month == month) & table.c.in_engine & (table.c.index_state == "indexed")
    after = ""
    while True:
        records = _page(ledger, kind, ours & (key_column(table) > after), size)
        if records:
            yield records
            after = _id_of(records[-1])
        if len(records) < size:
            return


def _page(ledger: Ledger, kind: Kind, ours: ColumnElement[bool], size: int) -> Records:
    with ledger.read() as connection:
        if kind == "posts":
            posts = select_post_records().where(ours).order_by(schema.posts.c.post_id).limit(size)
            return [post_record_of(row) for row in connection.execute(posts)]
        cases = select_case_records().where(ours).order_by(schema.cases.c.case_key).limit(size)
        return [case_record_of(row) for row in connection.execute(cases)]


def known_ids(ledger: Ledger, kind: Kind, month: str) -> set[str]:
    """Return the ids that the engine may have in this month."""
    table, deletions = _table(kind), schema.index_deletions.c
    with ledger.read() as connection:
        ids: Any = connection.execute(select(key_column(table)).where(table.c.month == month, table.c.in_engine))
        return {*ids.scalars(), *connection.execute(select(deletions.post_id)).scalars()}


def queue_again(ledger: Ledger, kind: Kind, ids: Collection[str]) -> None:
    """Queue confirmed documents again."""
    table, wanted = _table(kind), sorted(ids)
    for start in range(0, len(wanted), CHUNK):
        some = key_column(table).in_(wanted[start : start + CHUNK]) & (table.c.index_state == "indexed")
        with writing(ledger) as connection:
            connection.execute(update(table).where(some).values(index_state="pending"))


def queue_month(ledger: Ledger, month: str) -> None:
    """Queue the confirmed posts of a month again."""
    posts = schema.posts
    with writing(ledger) as connection:
        ours = (posts.c.month == month) & (posts.c.index_state == "indexed")
        connection.execute(update(posts).where(ours).values(index_state="pending"))


def months_being_written(ledger: Ledger, now: datetime) -> set[str | None]:
    """Return the months of forgotten posts that a worker may be writing."""
    deletions = schema.index_deletions.c
    with ledger.read() as connection:
        return set(connection.execute(select(deletions.month).where(deletions.held_until > now).distinct()).scalars())


def _table(kind: Kind) -> Table:
    return schema.posts if kind == "posts" else schema.cases


def _id_of(record: PostRecord | CaseRecord) -> str:
    return record.post_id if isinstance(record, PostRecord) else record.case_key
