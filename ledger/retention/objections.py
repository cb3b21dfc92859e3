"""Refuse authors who object, from the next page on.

The journal first, then the ledger: a crash in between loses no objection (`ledger.retention.suppressions`).
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select, text, update

from core.runtime.failpoints import failpoint
from ledger import schema
from ledger.database import Ledger, insert
from ledger.database.writing import writing
from ledger.mapping import chunks
from ledger.retention.forget import forget_author
from ledger.retention.suppression_journal import JournalEntry

OBJECTION = "objection"
"""The reason of the tombstones of an objecting author's posts."""
PAGE_LOCK = 0x65736376
"""PostgreSQL's advisory lock between storing a page (shared) and writing an objection (alone)."""

_table = schema.suppressions


def object_author(ledger: Ledger, author: str, now: datetime) -> int:
    """Refuse this author from now on and erase their posts.

    Returns how many posts were erased.
    """
    entry = _record(ledger, "object", author, now)
    store(ledger, entry)
    failpoint("suppress.written")
    return forget_author(ledger, author, OBJECTION, now)


def withdraw_objection(ledger: Ledger, author: str, now: datetime) -> bool:
    """Accept new posts of this author again; False without an objection."""
    if objected_at(ledger, author) is None:
        return False
    store(ledger, _record(ledger, "withdraw", author, now))
    return True


def objected_at(ledger: Ledger, author: str) -> datetime | None:
    """Return since when this author objects; None without an objection."""
    columns = _table.c
    with ledger.read() as connection:
        found: datetime | None = connection.execute(
            select(columns.changed_at).where(columns.author == author, columns.objects)
        ).scalar_one_or_none()
    return found


def count_objections(ledger: Ledger) -> int:
    """Return how many authors object."""
    with ledger.read() as connection:
        return int(connection.execute(select(func.count()).where(_table.c.objects)).scalar_one())


def objecting(connection: Connection, authors: Collection[str]) -> set[str]:
    """Return which of these authors object.

    No objection is written until the caller's transaction ends.
    """
    if connection.dialect.name == "postgresql":  # SQLite has one writer at a time
        connection.execute(text("SELECT pg_advisory_xact_lock_shared(:lock)"), {"lock": PAGE_LOCK})
    found: set[str] = set()
    for some in chunks(sorted(authors)):
        statement = select(_table.c.author).where(_table.c.author.in_(some), _table.c.objects)
        found |= set(connection.execute(statement).scalars())
    return found


def _record(ledger: Ledger, act: str, author: str, now: datetime) -> JournalEntry:
    """Write an entry to the journal, dated after the author's previous one."""
    with ledger.read() as connection:
        before = connection.execute(select(_table.c.changed_at).where(_table.c.author == author)).scalar_one_or_none()
    at = now if before is None else max(now, before + timedelta(microseconds=1))
    entry = JournalEntry.model_validate({"act": act, "subject": author, "at": at})
    if ledger.journal is not None:
        ledger.journal.append([entry])
    return entry


def store(ledger: Ledger, entry: JournalEntry) -> None:
    """Store an objection or its withdrawal.

    The latest entry counts, in whatever order they are applied; at the same moment the objection wins.
    """
    objects = entry.act == "object"
    row = {"author": entry.subject, "objects": objects, "changed_at": entry.at}
    with writing(ledger) as connection:
        if connection.dialect.name == "postgresql":  # wait for transactions that have not seen this objection
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": PAGE_LOCK})
        connection.execute(insert(connection, _table).on_conflict_do_nothing(), row)
        older = (_table.c.changed_at <= entry.at) if objects else (_table.c.changed_at < entry.at)
        this = update(_table).where(_table.c.author == entry.subject, older)
        connection.execute(this.values(objects=objects, changed_at=entry.at))
