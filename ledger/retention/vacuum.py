"""After forgetting: what was erased must be in no file any more, and if a reader is in the way now, the next time does it."""

from sqlalchemy import Connection, select

from ledger import schema
from ledger.database import Ledger
from ledger.database.connection import WAIT_S
from ledger.database.errors import translate_errors
from ledger.database.upsert import insert

DUE = "wipe_due"
PATIENCE_MS = 2000
TABLES = (
    "posts",
    "readings",
    "labels",
    "origins",
    "corrections",
    "cases",
    "notes",
    "transitions",
    "audit",
    "deliveries",
    "incident_posts",
    "incident_suggestions",
    "incident_rulings",
    "match_keys",
)


def note_due(connection: Connection) -> None:
    """Remember, in the transaction that forgets, that files have to be wiped after it."""
    row = {"name": DUE, "value": "1"}
    connection.execute(insert(connection, schema.meta).on_conflict_do_nothing(), row)


def wipe_if_due(ledger: Ledger) -> bool:
    """Wipe when something was forgotten since the last time; False when a reader is in the way."""
    meta = schema.meta
    with ledger.read() as connection:
        if connection.execute(select(meta.c.value).where(meta.c.name == DUE)).first() is None:
            return True
    if not _wipe(ledger):
        return False
    with ledger.write() as connection:
        connection.execute(meta.delete().where(meta.c.name == DUE))
    return True


def _wipe(ledger: Ledger) -> bool:
    """SQLite zeroes what it deletes (`secure_delete`); the journal that still has it is emptied here.

    PostgreSQL's VACUUM frees the space of dead rows; its pages are overwritten as they are used again, and its own journal
    keeps them until it is recycled.
    """
    with translate_errors(ledger.engine):
        if ledger.is_sqlite:
            return _empty_journal(ledger)
        with ledger.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            for table in TABLES:
                # Giving space back to the disk would wait five seconds a table for those who read it.
                connection.exec_driver_sql(f"VACUUM (TRUNCATE false) {table}")
        return True


def _empty_journal(ledger: Ledger) -> bool:
    connection = ledger.engine.raw_connection()  # a checkpoint is no part of a transaction
    try:
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {PATIENCE_MS}")
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (is_busy, *_rest) = cursor.fetchall()[0]
        cursor.execute(f"PRAGMA busy_timeout = {WAIT_S * 1000}")
        return not is_busy
    finally:
        connection.close()
