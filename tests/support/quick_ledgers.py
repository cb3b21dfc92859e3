"""Create SQLite ledgers quickly: migrate once, then copy the statements.

Running all migrations costs 0.1 s of CPU, and several thousand tests begin with an empty ledger. Files are not flushed to the disk
either: a test ends a process, it does not cut the power. A test of the migrations or of the flushing takes the fixture `real_ledgers`;
processes that a test starts always run the real thing, and so does a PostgreSQL server.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from sqlalchemy import Connection, Engine, inspect

from ledger.database import connection as connecting, upgrade

MIGRATE = upgrade._run


@cache
def statements() -> tuple[str, ...]:
    """Return the statements that create what all migrations make."""
    with TemporaryDirectory(prefix="escucha-migrated-") as folder:
        file = Path(folder) / "ledger.sqlite"
        engine = connecting.connect(f"sqlite:///{file}")
        with _writing(engine) as connection, connection.begin():
            MIGRATE(connection)
        engine.dispose()
        with closing(sqlite3.connect(file)) as database:
            dump = tuple(database.iterdump())
    assert (dump[0], dump[-1]) == ("BEGIN TRANSACTION;", "COMMIT;")
    return dump[1:-1]


def _writing(engine: Engine) -> Connection:
    return engine.connect().execution_options(writes=True)


def migrate(connection: Connection) -> None:
    """Upgrade a ledger in the caller's transaction; copy where it is empty."""
    if connection.dialect.name != "sqlite" or inspect(connection).get_table_names():
        MIGRATE(connection)
        return
    driver = connection.connection.dbapi_connection
    assert isinstance(driver, sqlite3.Connection)
    for statement in statements():
        driver.execute(statement).close()


@pytest.fixture(scope="session", autouse=True)
def quick_ledgers() -> Iterator[pytest.MonkeyPatch]:
    """Create the ledgers of this process from the copy, without flushing."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(upgrade, "_run", migrate)
        patched.setattr(connecting, "PRAGMAS", (*connecting.PRAGMAS, "PRAGMA synchronous = OFF"))
        yield patched


@pytest.fixture
def real_ledgers(quick_ledgers: pytest.MonkeyPatch, monkeypatch: pytest.MonkeyPatch) -> None:
    """Create ledgers as the product does: all migrations, every commit flushed."""
    monkeypatch.setattr(upgrade, "_run", MIGRATE)
    monkeypatch.setattr(connecting, "PRAGMAS", connecting.PRAGMAS[:-1])
