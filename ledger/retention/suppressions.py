"""Suppressions: authors who objected are refused at the door, and what was erased stays erased after a restore.

Write-ahead: the journal first, then the ledger. A ledger that is behind its journal (restored, or its writer was killed) catches up
before anything else uses it, so a crash at any moment loses no suppression.
"""

import logging
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import TypeVar

from sqlalchemy import Connection, func, select, text, update

from core.failpoints import failpoint
from ledger import schema
from ledger.database import Ledger
from ledger.database.upsert import insert
from ledger.mapping import CHUNK
from ledger.retention.forget import RETENTION, forget_author, forget_upstream
from ledger.retention.suppression_journal import Entry, Journal

log = logging.getLogger("escucha")

OBJECTION = "objection"
"""Why the posts of an author who objected were erased."""
DOOR = 0x65736376
"""PostgreSQL's advisory lock between storing a page (shared) and writing an objection (alone)."""

APPLIED, END = "journal", "journal-end"
"""Names in `meta`: how far the journal was applied, and how long it was when it was last looked at."""

_table = schema.suppressions
One = TypeVar("One")


def object_author(ledger: Ledger, author: str, now: datetime) -> int:
    """Refuse this author from now on and erase what is there; how many posts."""
    entry = _record(ledger, "object", author, now)
    _write(ledger, entry)
    failpoint("suppress.written")
    return forget_author(ledger, author, OBJECTION, now)


def withdraw_objection(ledger: Ledger, author: str, now: datetime) -> bool:
    """Take in new posts of this author again; False when there was no objection."""
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
    """Return which of these authors object; no objection is written until the caller's transaction ends."""
    if connection.dialect.name == "postgresql":  # SQLite's writers are alone
        connection.execute(text("SELECT pg_advisory_xact_lock_shared(:lock)"), {"lock": DOOR})
    found: set[str] = set()
    for some in _chunks(sorted(authors)):
        statement = select(_table.c.author).where(_table.c.author.in_(some), _table.c.objects)
        found |= set(connection.execute(statement).scalars())
    return found


def catch_up(ledger: Ledger) -> int:
    """Apply what the journal holds and the ledger does not know yet; how many entries. Makes a journal where there is none."""
    journal = ledger.journal
    if journal is None:
        return 0
    if not journal.path.exists() and journal.make(_everything(ledger)):
        if _knows_a_journal(ledger):
            log.warning(
                "%s was not there: it is made again from what the ledger knows. If the ledger was restored from a backup, put the journal "
                "back and start again: what was erased since the backup stands in the journal alone",
                journal.path,
            )
        _move_mark(ledger, journal, journal.size())
        return 0
    mark, end = _mark(ledger, journal), journal.size()
    if max(mark, _mark(ledger, journal, END)) > end:
        log.warning("%s is shorter than it was: what the ledger knows is written into it again", journal.path)
        for some in _chunks(_everything(ledger)):
            journal.append(some)
        mark, end = 0, journal.size()
    applied = 0
    for lines in _chunks(journal.read(mark, end)):
        _apply(ledger, [entry for _, entry in lines])
        failpoint("suppress.applied")
        _move_mark(ledger, journal, lines[-1][0])
        applied += len(lines)
    return applied


def _record(ledger: Ledger, act: str, author: str, now: datetime) -> Entry:
    """Write the entry down first; later than the one before it, whatever the clock says."""
    with ledger.read() as connection:
        before = connection.execute(select(_table.c.changed_at).where(_table.c.author == author)).scalar_one_or_none()
    at = now if before is None else max(now, before + timedelta(microseconds=1))
    entry = Entry.model_validate({"act": act, "subject": author, "at": at})
    if ledger.journal is not None:
        ledger.journal.append([entry])
    return entry


def _write(ledger: Ledger, entry: Entry) -> None:
    """The latest entry counts, in whatever order they are applied; at one moment the objection wins."""
    objects = entry.act == "object"
    row = {"author": entry.subject, "objects": objects, "changed_at": entry.at}
    with ledger.write() as connection:
        if connection.dialect.name == "postgresql":  # wait for the pages that did not see this objection
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": DOOR})
        connection.execute(insert(connection, _table).on_conflict_do_nothing(), row)
        older = (_table.c.changed_at <= entry.at) if objects else (_table.c.changed_at < entry.at)
        this = update(_table).where(_table.c.author == entry.subject, older)
        connection.execute(this.values(objects=objects, changed_at=entry.at))


def _apply(ledger: Ledger, entries: list[Entry]) -> None:
    """Do what these entries say; doing it again changes nothing."""
    posts: dict[tuple[str, str], list[Entry]] = {}
    for entry in entries:
        if entry.act == "post":
            posts.setdefault((entry.source, entry.reason), []).append(entry)
    for (source, reason), some in posts.items():
        with ledger.write(journal=False) as connection:
            forget_upstream(connection, source, [one.subject for one in some], some[-1].at, reason=reason)
    for entry in entries:
        if entry.act == "erase":
            forget_author(ledger, entry.subject, "erasure", entry.at, received_until=entry.at)
        elif entry.act != "post":
            _write(ledger, entry)
            if objected_at(ledger, entry.subject) is not None:
                forget_author(ledger, entry.subject, OBJECTION, entry.at)


def _everything(ledger: Ledger) -> Iterator[Entry]:
    """Yield all that the ledger itself knows to be suppressed: for a journal that is made anew."""
    stubs = schema.stubs.c
    posts = select(stubs.post_id, stubs.source, stubs.reason, stubs.at).where(stubs.reason != RETENTION)
    with ledger.read() as connection:
        for row in connection.execute(select(_table)):
            yield Entry(act="object" if row.objects else "withdraw", subject=row.author, at=row.changed_at)
        for row in connection.execution_options(yield_per=CHUNK).execute(posts):
            yield Entry(act="post", subject=row.post_id, at=row.at, source=row.source, reason=row.reason)


def note_end(ledger: Ledger) -> None:
    """Note how long the journal is, so that an older copy put in its place is noticed."""
    journal = ledger.journal
    if journal is not None and journal.path.exists() and _mark(ledger, journal, END) < journal.size():
        _move_mark(ledger, journal, journal.size(), END)


def _mark(ledger: Ledger, journal: Journal, what: str = APPLIED) -> int:
    """Return how far this ledger has applied this journal, or how long it knows it; each machine may have one of its own."""
    meta = schema.meta.c
    with ledger.read() as connection:
        found = connection.execute(select(meta.value).where(meta.name == _name(journal, what))).scalar_one_or_none()
    return int(found or 0)


def _knows_a_journal(ledger: Ledger) -> bool:
    """Tell whether this ledger has applied a journal before."""
    meta = schema.meta.c
    with ledger.read() as connection:
        return (
            connection.execute(select(meta.name).where(meta.name.startswith("journal ")).limit(1)).first() is not None
        )


def _move_mark(ledger: Ledger, journal: Journal, offset: int, what: str = APPLIED) -> None:
    """Move the mark; only what was applied whole stands before it, so an append alone never moves it."""
    row = {"name": _name(journal, what), "value": str(offset)}
    with ledger.write() as connection:
        statement = insert(connection, schema.meta).values(row)
        connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_={"value": row["value"]}))


def _name(journal: Journal, what: str) -> str:
    return f"{what} {journal.identify()}"


def _chunks(items: Iterable[One]) -> Iterator[list[One]]:
    rest = iter(items)
    while some := list(islice(rest, CHUNK)):
        yield some
