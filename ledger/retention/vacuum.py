"""Remove erased data from the database's files.

While a reader blocks it, the next time does it.
"""

from sqlalchemy import Connection, select

from ledger import schema
from ledger.database import WAIT_S, Ledger, insert, translate_errors
from ledger.database.writing import engine_of, writing

DUE = "vacuum_due"
PATIENCE_MS = 2000
TABLES = tuple(
    """
    posts annotations labels origins corrections cases notes transitions audit deliveries incident_posts incident_suggestions
    incident_rulings match_keys
    """.split()
)


def schedule_vacuum(connection: Connection) -> None:
    """Schedule a vacuum, in the transaction that forgets."""
    row = {"name": DUE, "value": "1"}
    connection.execute(insert(connection, schema.meta).on_conflict_do_nothing(), row)


def vacuum_if_due(ledger: Ledger) -> bool:
    """Run a scheduled vacuum; False while a reader blocks it."""
    meta = schema.meta
    with ledger.read() as connection:
        if connection.execute(select(meta.c.value).where(meta.c.name == DUE)).first() is None:
            return True
    if not _vacuum(ledger):
        return False
    with writing(ledger) as connection:
        connection.execute(meta.delete().where(meta.c.name == DUE))
    return True


def _vacuum(ledger: Ledger) -> bool:
    """Empty SQLite's WAL file, or vacuum PostgreSQL's tables.

    SQLite zeroes what it deletes (`secure_delete`), but the WAL file still has it. PostgreSQL's VACUUM frees the space of dead rows; its
    pages are overwritten as they are used again, and its own WAL keeps them until it is recycled.
    """
    with translate_errors(engine_of(ledger)):
        if ledger.is_sqlite:
            return _empty_wal(ledger)
        with engine_of(ledger).connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            for table in TABLES:
                # Truncating would wait five seconds a table for its readers.
                connection.exec_driver_sql(f"VACUUM (TRUNCATE false) {table}")
        return True


def _empty_wal(ledger: Ledger) -> bool:
    connection = engine_of(ledger).raw_connection()  # a checkpoint cannot run in a transaction
    try:
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {PATIENCE_MS}")
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (is_busy, *_others) = cursor.fetchall()[0]
        cursor.execute(f"PRAGMA busy_timeout = {WAIT_S * 1000}")
        return not is_busy
    finally:
        connection.close()
