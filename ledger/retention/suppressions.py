"""Apply suppressions: refuse objecting authors, keep erased posts erased.

Write-ahead: the journal first, then the ledger. A ledger that is behind its journal (restored, or its writer was killed) catches up
before anything else uses it, so a crash at any moment loses no suppression.
"""

import logging
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import TypeVar

from sqlalchemy import Connection, func, select, text, update

from core.runtime.failpoints import failpoint
from ledger import schema
from ledger.citizens.contacts import drop_contacts
from ledger.database import Ledger, insert
from ledger.mapping import CHUNK
from ledger.retention.forget import RETENTION, forget_author, forget_upstream
from ledger.retention.suppression_journal import Journal, JournalEntry

log = logging.getLogger("escucha")

OBJECTION = "objection"
"""The reason of the tombstones of an objecting author's posts."""
PAGE_LOCK = 0x65736376
"""PostgreSQL's advisory lock between storing a page (shared) and writing an objection (alone)."""

APPLIED, END = "journal", "journal-end"
"""Names in `meta`: how far the journal was applied, and how long it was when it was last looked at."""

_table = schema.suppressions
One = TypeVar("One")


def object_author(ledger: Ledger, author: str, now: datetime) -> int:
    """Refuse this author from now on and erase their posts.

    Returns how many posts were erased.
    """
    entry = _record(ledger, "object", author, now)
    _write(ledger, entry)
    failpoint("suppress.written")
    return forget_author(ledger, author, OBJECTION, now)


def withdraw_objection(ledger: Ledger, author: str, now: datetime) -> bool:
    """Accept new posts of this author again; False without an objection."""
    if objected_at(ledger, author) is None:
        return False
    _write(ledger, _record(ledger, "withdraw", author, now))
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
    for some in _chunks(sorted(authors)):
        statement = select(_table.c.author).where(_table.c.author.in_(some), _table.c.objects)
        found |= set(connection.execute(statement).scalars())
    return found


def catch_up(ledger: Ledger) -> int:
    """Apply the journal entries the ledger lacks; return how many.

    Creates a journal where there is none.
    """
    journal = ledger.journal
    if journal is None:
        return 0
    if not journal.path.exists() and journal.make(_all_suppressions(ledger)):
        if _has_applied_a_journal(ledger):
            log.warning(
                "%s was missing and was rebuilt from the ledger. If the ledger was restored from a backup, restore the journal "
                "and start again: erasures since the backup are only in the journal",
                journal.path,
            )
        _move_mark(ledger, journal, journal.size())
        return 0
    mark, end = _mark(ledger, journal), journal.size()
    if max(mark, _mark(ledger, journal, END)) > end:
        log.warning("%s is shorter than before: the ledger's suppressions are appended again", journal.path)
        for some in _chunks(_all_suppressions(ledger)):
            journal.append(some)
        mark, end = 0, journal.size()
    applied = 0
    for lines in _chunks(journal.read(mark, end)):
        _apply(ledger, [entry for _, entry in lines])
        failpoint("suppress.applied")
        _move_mark(ledger, journal, lines[-1][0])
        applied += len(lines)
    return applied


def _record(ledger: Ledger, act: str, author: str, now: datetime) -> JournalEntry:
    """Write an entry to the journal, dated after the author's previous one."""
    with ledger.read() as connection:
        before = connection.execute(select(_table.c.changed_at).where(_table.c.author == author)).scalar_one_or_none()
    at = now if before is None else max(now, before + timedelta(microseconds=1))
    entry = JournalEntry.model_validate({"act": act, "subject": author, "at": at})
    if ledger.journal is not None:
        ledger.journal.append([entry])
    return entry


def _write(ledger: Ledger, entry: JournalEntry) -> None:
    """Store an objection or its withdrawal.

    The latest entry counts, in whatever order they are applied; at the same moment the objection wins.
    """
    objects = entry.act == "object"
    row = {"author": entry.subject, "objects": objects, "changed_at": entry.at}
    with ledger.write() as connection:
        if connection.dialect.name == "postgresql":  # wait for transactions that have not seen this objection
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": PAGE_LOCK})
        connection.execute(insert(connection, _table).on_conflict_do_nothing(), row)
        older = (_table.c.changed_at <= entry.at) if objects else (_table.c.changed_at < entry.at)
        this = update(_table).where(_table.c.author == entry.subject, older)
        connection.execute(this.values(objects=objects, changed_at=entry.at))


def _apply(ledger: Ledger, entries: list[JournalEntry]) -> None:
    """Apply journal entries; repeating it changes nothing."""
    posts: dict[tuple[str, str], list[JournalEntry]] = {}
    for entry in entries:
        if entry.act == "post":
            posts.setdefault((entry.source, entry.reason), []).append(entry)
    for (source, reason), some in posts.items():
        with ledger.write(journal=False) as connection:
            forget_upstream(connection, source, [one.subject for one in some], some[-1].at, reason=reason)
    for entry in entries:
        if entry.act == "erase":
            forget_author(ledger, entry.subject, "erasure", entry.at, received_until=entry.at)
        elif entry.act == "contact":
            with ledger.write() as connection:
                drop_contacts(connection, [entry.subject])
        elif entry.act != "post":
            _write(ledger, entry)
            if objected_at(ledger, entry.subject) is not None:
                forget_author(ledger, entry.subject, OBJECTION, entry.at)


def _all_suppressions(ledger: Ledger) -> Iterator[JournalEntry]:
    """Yield all suppressions of the ledger, for a new journal."""
    tombstones = schema.tombstones.c
    posts = select(tombstones.post_id, tombstones.source, tombstones.reason, tombstones.at).where(
        tombstones.reason != RETENTION
    )
    with ledger.read() as connection:
        for row in connection.execute(select(_table)):
            yield JournalEntry(act="object" if row.objects else "withdraw", subject=row.author, at=row.changed_at)
        for row in connection.execution_options(yield_per=CHUNK).execute(posts):
            yield JournalEntry(act="post", subject=row.post_id, at=row.at, source=row.source, reason=row.reason)


def note_end(ledger: Ledger) -> None:
    """Store the journal's length, so that an older copy is detected."""
    journal = ledger.journal
    if journal is not None and journal.path.exists() and _mark(ledger, journal, END) < journal.size():
        _move_mark(ledger, journal, journal.size(), END)


def _mark(ledger: Ledger, journal: Journal, what: str = APPLIED) -> int:
    """Return how far this ledger has applied this journal.

    With `END` the length last seen. Each machine may have a journal.
    """
    meta = schema.meta.c
    with ledger.read() as connection:
        found = connection.execute(select(meta.value).where(meta.name == _name(journal, what))).scalar_one_or_none()
    return int(found or 0)


def _has_applied_a_journal(ledger: Ledger) -> bool:
    """Tell whether this ledger has applied a journal before."""
    meta = schema.meta.c
    with ledger.read() as connection:
        return (
            connection.execute(select(meta.name).where(meta.name.startswith("journal ")).limit(1)).first() is not None
        )


def _move_mark(ledger: Ledger, journal: Journal, offset: int, what: str = APPLIED) -> None:
    """Move the mark; entries before it are applied whole.

    So appending alone never moves it.
    """
    row = {"name": _name(journal, what), "value": str(offset)}
    with ledger.write() as connection:
        statement = insert(connection, schema.meta).values(row)
        connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_={"value": row["value"]}))


def _name(journal: Journal, what: str) -> str:
    return f"{what} {journal.identify()}"


def _chunks(items: Iterable[One]) -> Iterator[list[One]]:
    remaining = iter(items)
    while some := list(islice(remaining, CHUNK)):
        yield some
