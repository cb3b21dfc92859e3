"""Track runs and cursors of a source.

A run may move only the cursor it began with, so that two runs at once never store one page over another.
"""

import secrets
from datetime import datetime

from sqlalchemy import Connection, select, update

from core.errors import SourceError
from core.records import Json
from ledger import schema
from ledger.database import Ledger, insert
from ledger.database.writing import writing


class CursorMovedError(SourceError):
    """Signal that another run moved the cursor; the page was not stored."""


def begin_run(ledger: Ledger, source: str, now: datetime) -> str:
    """Begin a run and return its id.

    Begin it before the cursor is read: the run holds the number of the cursor it may move.
    """
    run_id = f"R-{now:%Y%m%dT%H%M%S}-{secrets.token_hex(4)}"
    with writing(ledger) as connection:
        connection.execute(
            insert(connection, schema.cursors).on_conflict_do_nothing(), {"source": source, "cursor": None, "number": 0, "updated_at": now}
        )
        number = connection.execute(select(schema.cursors.c.number).where(schema.cursors.c.source == source)).scalar_one()
        nothing = dict.fromkeys(("received", "stored", "duplicate", "updated", "returned", "objected"), 0)
        row = {"run_id": run_id, "source": source, "started_at": now, "cursor_number": number}
        connection.execute(schema.runs.insert(), row | nothing)
    return run_id


def read_cursor(ledger: Ledger, source: str) -> Json | None:
    """Return the cursor of a source; None before its first page."""
    with ledger.read() as connection:
        found: Json | None = connection.execute(
            select(schema.cursors.c.cursor).where(schema.cursors.c.source == source)
        ).scalar_one_or_none()
    return found


def move_cursor(connection: Connection, run_id: str, source: str, cursor: Json, now: datetime) -> None:
    """Compare and set the cursor of a source.

    The lock on its row also serialises the pages of the source.

    Raises:
        CursorMovedError: another run moved it since this run began.
    """
    expected = connection.execute(select(schema.runs.c.cursor_number).where(schema.runs.c.run_id == run_id)).scalar_one()
    moved = connection.execute(
        update(schema.cursors)
        .where(schema.cursors.c.source == source, schema.cursors.c.number == expected)
        .values(cursor=cursor, number=expected + 1, updated_at=now)
    )
    if moved.rowcount != 1:
        raise CursorMovedError(f"{source}: another run collected it meanwhile; the next run continues from there")
    connection.execute(update(schema.runs).where(schema.runs.c.run_id == run_id).values(cursor_number=expected + 1))


def end_run(ledger: Ledger, run_id: str, now: datetime, outcome: str) -> None:
    """Store how a run ended: `done`, or what went wrong."""
    with writing(ledger) as connection:
        connection.execute(update(schema.runs).where(schema.runs.c.run_id == run_id).values(ended_at=now, outcome=outcome))
