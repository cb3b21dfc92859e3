"""Connect to the ledger's database: a SQLite file or a PostgreSQL server."""

import sqlite3
import time
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, Table, create_engine, event, make_url
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError

from core.errors import ConfigurationError
from ledger.database import postgres

WAIT_S = 30
"""How long a writer waits for another one, in seconds."""
AGAIN_S = 0.02
"""Seconds between two tries where SQLite itself does not wait."""
PRAGMAS = (
    f"PRAGMA busy_timeout = {WAIT_S * 1000}",
    "PRAGMA synchronous = FULL",  # recorded costs and deliveries must survive a power cut
    "PRAGMA foreign_keys = ON",
    "PRAGMA secure_delete = ON",  # erased text is overwritten with zeros, not only unlinked
)


def connect(url: str, answer_s: float = postgres.ANSWER_S) -> Engine:
    """Create the engine for this URL; nothing is read or written yet.

    `answer_s`: the most one statement of a server may take, in seconds.

    Raises:
        ConfigurationError: not a URL of SQLite or PostgreSQL.
    """
    address = address_of(url)
    if address.get_backend_name() == "postgresql":
        return postgres.engine_of(address, answer_s)
    _make_private(Path(str(address.database)))
    engine = create_engine(address, hide_parameters=True, connect_args={"timeout": WAIT_S})
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def connect_read_only(url: str) -> Engine | None:
    """Create an engine that writes nothing; None: there is no file.

    Raises:
        ConfigurationError: not a URL of SQLite or PostgreSQL.
    """
    address = address_of(url)
    if address.get_backend_name() == "postgresql":
        return postgres.engine_of(address, postgres.ANSWER_S)  # `Ledger.read` asks for read-only transactions
    path = Path(str(address.database))
    if not path.is_file():
        return None
    engine = create_engine(address, hide_parameters=True, creator=lambda: open_read_only(path))
    event.listen(engine, "connect", _prepare_read_only)
    event.listen(engine, "begin", _begin)
    return engine


def address_of(url: str) -> URL:
    """Parse the ledger's URL; errors never quote it, because of its password.

    >>> address_of("sqlite:////var/lib/escucha/ledger.sqlite").database
    '/var/lib/escucha/ledger.sqlite'

    Raises:
        ConfigurationError: not a URL of SQLite or PostgreSQL.
    """
    try:
        address = make_url(url)
    except (ArgumentError, ValueError):
        raise ConfigurationError(
            "ESCUCHA_LEDGER_URL is not a URL (it is not shown here: it may hold a password); "
            "write sqlite:////folder/ledger.sqlite or postgresql://user@host/name"
        ) from None
    if address.get_backend_name() == "postgresql" and "@" not in (address.host or ""):
        return address.set(drivername="postgresql+psycopg2")
    if address.get_backend_name() == "postgresql":
        raise ConfigurationError(
            "ESCUCHA_LEDGER_URL has more than one @ (it is not shown here: it may hold a password); write an @ in a password as %40"
        )
    if address.get_backend_name() == "sqlite" and "@" in str(address.database).partition("/")[0]:
        raise ConfigurationError(
            "ESCUCHA_LEDGER_URL: SQLite has no user and host (it is not shown here: it may hold a password); "
            "write sqlite:////folder/ledger.sqlite"
        )
    if address.get_backend_name() != "sqlite" or address.database in (None, "", ":memory:"):
        raise ConfigurationError(
            "ESCUCHA_LEDGER_URL: neither SQLite nor PostgreSQL: write sqlite:////folder/ledger.sqlite (a file) or postgresql://user@host/name"
        )
    return address


def _make_private(path: Path) -> None:
    """Create the file for its owner alone: it holds posts."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
    except OSError as error:
        raise ConfigurationError(f"the ledger {path} cannot be created: {error.strerror}; set ESCUCHA_HOME or ESCUCHA_LEDGER_URL") from None


def open_read_only(path: Path) -> sqlite3.Connection:
    """Open a file of SQLite to read it alone.

    Leaves its folder as it was. In WAL a reader makes `-wal` and `-shm`, and only one that may write removes them at its end. So it may,
    unless a killed writer left something in `-wal`, which such an end would write into the ledger.

    Raises:
        sqlite3.Error: there is none, or it cannot be read.
    """
    log = path.with_name(f"{path.name}-wal")
    mode = "ro" if log.exists() and log.stat().st_size else "rw"
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode={mode}", uri=True, timeout=WAIT_S, check_same_thread=False)
    connection.execute("PRAGMA query_only = ON").close()
    return connection


def _prepare(connection: sqlite3.Connection, _record: Any) -> None:
    connection.isolation_level = None  # the driver would begin late and lock later; `_begin` sends BEGIN
    for pragma in PRAGMAS:
        connection.execute(pragma).close()
    _enable_wal(connection)


def _prepare_read_only(connection: sqlite3.Connection, _record: Any) -> None:
    connection.isolation_level = None


def _enable_wal(connection: sqlite3.Connection) -> None:
    """Switch to WAL: readers work beside one writer.

    SQLite does not wait for a lock when it changes this in a new file, so this function does.
    """
    until = time.monotonic() + WAIT_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL").close()
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
        time.sleep(AGAIN_S)


def _begin(connection: Connection) -> None:
    """Begin a transaction; a writer takes its lock at once.

    Two that read first and write later would end in `database is locked`. A reader can change nothing, as on PostgreSQL.
    """
    writes = bool(connection.get_execution_options().get("writes"))
    connection.exec_driver_sql(f"PRAGMA query_only = {int(not writes)}")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def insert(connection: Connection, table: Table) -> "sqlite.Insert | postgresql.Insert":
    """Return an INSERT that supports ON CONFLICT on this database.

    SQLAlchemy has one class for each of the two dialects.
    """
    return sqlite.insert(table) if connection.dialect.name == "sqlite" else postgresql.insert(table)
