"""Open the ledger, upgrade its tables, and run its transactions.

The one entrance to the database: a SQLite file, or a PostgreSQL server by URL.
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, inspect, select

from core.errors import ConfigurationError, EscuchaError, LedgerMismatchError
from core.privacy.pseudonyms import salt_check
from ledger import schema
from ledger.database import binding, upgrade
from ledger.database.binding import Owner
from ledger.database.connection import WAIT_S, connect, connect_read_only, insert
from ledger.database.errors import damaged, translate_errors
from ledger.database.postgres import ANSWER_S
from ledger.retention.suppression_journal import Journal
from ledger.system import audit_chain

NO_LEDGER = "there is no ledger yet"


class LeaseLostError(EscuchaError):
    """Signal that another worker holds the lease by now; nothing was written."""


class NoLedgerError(ConfigurationError):
    """Signal that there is no ledger yet; nothing was made."""


class Ledger:
    """Hold the open ledger of one city, and read it.

    Everything else is a function that takes it. It cannot write: `ledger.database.writing` does, which no room above may import.
    """

    def __init__(self, engine: Engine, salt: bytes, ledger_id: str, journal: Journal | None = None) -> None:
        self._engine = engine
        self.salt = salt
        self.ledger_id = ledger_id
        self.audit_key = audit_chain.key_of(salt, ledger_id)
        self.journal = journal

    @property
    def is_sqlite(self) -> bool:
        """Return True for a SQLite file, False for a PostgreSQL server."""
        return self._engine.dialect.name == "sqlite"

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Run one read transaction: every query sees the same snapshot."""
        with translate_errors(self._engine), self._engine.connect() as connection:
            if not self.is_sqlite:
                connection = connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            with connection.begin():
                yield connection

    def generation(self) -> int:
        """Return the generation; it grows when the index must be rebuilt."""
        with self.read() as connection:
            return int(meta_value(connection, "generation"))

    def describe(self) -> str:
        """Name the database, without its password."""
        url = self._engine.url
        if self.is_sqlite:
            return f"SQLite {url.database}"
        return f"PostgreSQL {url.database} at {url.host or 'local socket'}{f':{url.port}' if url.port else ''}"

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()


def open_ledger(url: str, salt: bytes, *, answer_s: float = ANSWER_S, journal: Journal | None = None, owner: Owner | None = None) -> Ledger:
    """Open the ledger at this URL; create or upgrade its tables.

    Two processes may open it at once. With a `journal` erasures are written there first; call `ledger.retention.suppressions.catch_up`
    before anything else. With an `owner` the ledger belongs to that profile from now on.

    Raises:
        ConfigurationError: the URL is wrong, or a newer Escucha made this ledger.
        LedgerMismatchError: it was made with another salt, or belongs to another profile. Nothing was changed.
        UnavailableError: the database does not answer.
    """
    engine = connect(url, answer_s)
    try:
        with translate_errors(engine), engine.connect().execution_options(writes=True) as connection, connection.begin():
            upgrade.upgrade(connection)
            ledger_id = _identify(connection, salt)
            if owner is not None:
                binding.bind(connection, owner)
    except EscuchaError:
        engine.dispose()
        raise
    return Ledger(engine, salt, ledger_id, journal)


def view_ledger(url: str, salt: bytes, owner: Owner, journal: Journal) -> Ledger:
    """Open the ledger at this URL to read it alone.

    Nothing is created, upgraded or written.

    Raises:
        NoLedgerError: there is none.
        UnavailableError: a newer or an older Escucha made it; the message says what a start would do.
        LedgerMismatchError: it was made with another salt, or belongs to another profile.
    """
    engine = connect_read_only(url)
    if engine is None:
        raise NoLedgerError(NO_LEDGER)
    try:
        with translate_errors(engine), engine.connect() as connection, connection.begin():
            if not _is_ledger(connection):
                raise NoLedgerError(NO_LEDGER)
            upgrade.check_current(connection)
            _check_salt(connection, salt)
            binding.check(connection, owner)
            ledger_id = meta_value(connection, "ledger_id")
    except EscuchaError:
        engine.dispose()
        raise
    return Ledger(engine, salt, ledger_id, journal)


def read_meta(url: str) -> dict[str, str] | None:
    """Read what a ledger of any version says of itself.

    No salt is needed. None: there is no ledger.
    """
    engine = connect_read_only(url)
    if engine is None:
        return None
    try:
        with translate_errors(engine), engine.connect() as connection, connection.begin():
            if not _is_ledger(connection):
                return None
            return {str(row.name): str(row.value) for row in connection.execute(select(schema.meta))}
    finally:
        engine.dispose()


def _is_ledger(connection: Connection) -> bool:
    return inspect(connection).has_table(schema.meta.name)


def _identify(connection: Connection, salt: bytes) -> str:
    """Return the ledger's id; create it with the salt check at first."""
    initial = {"ledger_id": secrets.token_hex(16), "salt_check": salt_check(salt), "generation": "1", audit_chain.HEAD: ""}
    statement = insert(connection, schema.meta).on_conflict_do_nothing()
    connection.execute(statement, [{"name": name, "value": value} for name, value in initial.items()])
    _check_salt(connection, salt)
    return meta_value(connection, "ledger_id")


def _check_salt(connection: Connection, salt: bytes) -> None:
    if meta_value(connection, "salt_check") != salt_check(salt):
        raise LedgerMismatchError(
            "this ledger was made with another salt: set ESCUCHA_SALT (or restore the file `salt`) that belongs to it, "
            "or name another ledger in ESCUCHA_LEDGER_URL"
        )


def meta_value(connection: Connection, name: str) -> str:
    """Return one value of the table `meta`."""
    return str(connection.execute(select(schema.meta.c.value).where(schema.meta.c.name == name)).scalar_one())


def check_whole(ledger: Ledger) -> None:
    """Check every page of a SQLite file; PostgreSQL checks its own.

    Runs at start, once a day, and after an unexpected error.

    Raises:
        DamagedLedgerError: a page is damaged; the message gives the remedy.
    """
    if not ledger.is_sqlite:
        return
    with ledger.read() as connection:
        (found,) = connection.exec_driver_sql("PRAGMA quick_check(1)").scalars()
    if found != "ok":
        raise damaged(ledger._engine, " ".join(str(found).split()))
