"""Opens the ledger: makes or updates its tables, checks that it was made with the same salt, and lends out transactions."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, select

from core.errors import EscuchaError, LedgerMismatchError
from core.failpoints import failpoint
from core.privacy.pseudonyms import salt_check
from ledger import schema
from ledger.database import upgrade
from ledger.database.connection import connect
from ledger.database.errors import translate_errors
from ledger.database.postgres import ANSWER_S
from ledger.database.upsert import insert
from ledger.retention.suppression_journal import Journal
from ledger.system import audit_chain

__all__ = ["LeaseLostError", "Ledger", "open_ledger"]


class LeaseLostError(EscuchaError):
    """Another worker does this work by now: nothing was written."""


class Ledger:
    """The open ledger of one city. Lends out transactions; everything else is a function that takes it."""

    def __init__(self, engine: Engine, salt: bytes, ledger_id: str, journal: Journal | None = None) -> None:
        self.engine = engine
        self.salt = salt
        self.ledger_id = ledger_id
        self.audit_key = audit_chain.key_of(salt, ledger_id)
        self.journal = journal

    @property
    def is_sqlite(self) -> bool:
        """True for the file, False for the server."""
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def write(self, journal: bool = True) -> Iterator[Connection]:
        """One transaction: all of it is written, or nothing. Without `journal` what is erased in it is not journalled."""
        options = {"writes": True, audit_chain.KEY: self.audit_key, "journal": self.journal if journal else None}
        with (
            translate_errors(self.engine),
            self.engine.connect().execution_options(**options) as connection,
            connection.begin(),
        ):
            yield connection
            failpoint("ledger.commit")
        failpoint("ledger.committed")

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One snapshot: whatever is read from this connection stood there at the same moment."""
        with translate_errors(self.engine), self.engine.connect() as connection:
            if not self.is_sqlite:
                connection = connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            with connection.begin():
                yield connection

    def generation(self) -> int:
        """Grows whenever the search engine's view must be filled anew."""
        with self.read() as connection:
            return int(meta_value(connection, "generation"))

    def describe(self) -> str:
        """Which database this is, without its password."""
        url = self.engine.url
        if self.is_sqlite:
            return f"SQLite {url.database}"
        return f"PostgreSQL {url.database} at {url.host or 'local socket'}{f':{url.port}' if url.port else ''}"

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def open_ledger(url: str, salt: bytes, *, answer_s: float = ANSWER_S, journal: Journal | None = None) -> Ledger:
    """The ledger at this URL; made when there is none, its tables brought up to date. Two processes may open it at once.

    With a `journal` what is erased is written down there first; call `ledger.retention.suppressions.catch_up` before anything else.

    Raises:
        ConfigurationError: the URL is wrong, or a newer Escucha made this ledger.
        LedgerMismatchError: it was made with another salt.
        UnavailableError: the database does not answer.
    """
    engine = connect(url, answer_s)
    try:
        with (
            translate_errors(engine),
            engine.connect().execution_options(writes=True) as connection,
            connection.begin(),
        ):
            upgrade.upgrade(connection)
            ledger_id = _identify(connection, salt)
    except EscuchaError:
        engine.dispose()
        raise
    return Ledger(engine, salt, ledger_id, journal)


def _identify(connection: Connection, salt: bytes) -> str:
    """The ledger's own name; given to it on the first day together with the check of its salt."""
    fresh = {
        "ledger_id": secrets.token_hex(16),
        "salt_check": salt_check(salt),
        "generation": "1",
        audit_chain.HEAD: "",
    }
    statement = insert(connection, schema.meta).on_conflict_do_nothing()
    connection.execute(statement, [{"name": name, "value": value} for name, value in fresh.items()])
    if meta_value(connection, "salt_check") != salt_check(salt):
        raise LedgerMismatchError(
            "this ledger was made with another salt: set ESCUCHA_SALT (or put back the file `salt`) that belongs to it, "
            "or name another ledger in ESCUCHA_LEDGER_URL"
        )
    return meta_value(connection, "ledger_id")


def meta_value(connection: Connection, name: str) -> str:
    """One fact about the ledger itself."""
    return str(connection.execute(select(schema.meta.c.value).where(schema.meta.c.name == name)).scalar_one())
