"""Query what changed on watched cases, for the mails to their watchers."""

from sqlalchemy import Connection, Row, select

from core.records import Record, UtcDatetime
from ledger import schema
from ledger.database import Ledger

_watchers, _users = schema.case_watchers.c, schema.users.c
_outbox, _items = schema.outbox.c, schema.outbox_items.c


class WatchedChange(Record):
    """Hold one change of a watched case."""

    kind: str
    """`state`, `change` or `note`."""
    what: str
    """The new state, or what was changed; empty for a note."""
    who: str
    at: UtcDatetime
    revision: int


def watched_changes(ledger: Ledger) -> list[tuple[str, str, int]]:
    """List the watched cases with changes not mailed yet.

    Each with watcher and last revision. Watchers without a mail address, and disabled ones, are left out. A watcher's own changes are none.
    """
    statement = (
        select(_watchers.case_key, _watchers.who, _watchers.at)
        .join(schema.users, _users.name == _watchers.who)
        .where(_users.mail.is_not(None), ~_users.disabled)
        .order_by(_watchers.who, _watchers.case_key)
    )
    found = []
    with ledger.read() as connection:
        for row in connection.execute(statement).all():
            if changes := _changes(connection, row, _mailed(connection, row.case_key, row.who), None):
                found.append((row.case_key, row.who, changes[-1].revision))
    return found


def changes_to_mail(ledger: Ledger, case_key: str, who: str, revision: int) -> list[WatchedChange]:
    """List the changes of a watched case for one mail.

    Up to a revision; empty: no longer watched.
    """
    with ledger.read() as connection:
        watching = select(schema.case_watchers).where(_watchers.case_key == case_key, _watchers.who == who)
        row = connection.execute(watching).one_or_none()
        if row is None:
            return []
        before = _mailed(connection, case_key, who, below=revision)
        return _changes(connection, row, before, revision)


def _mailed(connection: Connection, case_key: str, who: str, below: int | None = None) -> int:
    """Return the last revision that a watcher was mailed about; 0: none."""
    mine = (_items.kind == "staff") & (_items.subject == case_key) & (_outbox.receiver == f"user {who}")
    said = select(_items.what).join(schema.outbox, _outbox.id == _items.message).where(mine)
    numbers = [int(what.split(" ")[1]) for what in connection.execute(said).scalars()]
    return max((number for number in numbers if below is None or number < below), default=0)


def _changes(connection: Connection, watcher: Row[tuple[str, str]], since: int, until: int | None) -> list[WatchedChange]:
    """List the changes by others after watching began, within revisions, in order."""
    found = []
    for kind, table, what in (
        ("state", schema.transitions, schema.transitions.c.state),
        ("change", schema.case_changes, schema.case_changes.c.what),
        ("note", schema.notes, None),
    ):
        columns = table.c
        mine = (columns.case_key == watcher.case_key) & (columns.who != watcher.who) & (columns.at > watcher.at)
        statement = select(table).where(mine, columns.revision > since)
        if kind == "change":
            statement = statement.where(columns.what != "state")  # its step says so
        if until is not None:
            statement = statement.where(columns.revision <= until)
        for row in connection.execute(statement).mappings():
            said = "" if what is None else row[what.name]
            found.append(WatchedChange(kind=kind, what=said, who=row["who"], at=row["at"], revision=row["revision"]))
    return sorted(found, key=lambda one: one.revision)
