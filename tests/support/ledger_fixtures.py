"""Provide an empty ledger, once on SQLite and once on PostgreSQL.

The latter where ESCUCHA_TEST_POSTGRES names a server.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import make_url

from ledger.database import Ledger, open_ledger
from tests.support.ledger_facts import SALT, emptied, execute


def server_url() -> str | None:
    """Return the PostgreSQL server for tests.

    `.ci/postgres start DIR` starts one and prints its URL.
    """
    return os.environ.get("ESCUCHA_TEST_POSTGRES")


@pytest.fixture(scope="session")
def own_database() -> Iterator[str]:
    """Create a database for this test run only.

    No other database of the server is touched.
    """
    server = server_url()
    if server is None:
        pytest.skip("needs a PostgreSQL server: ESCUCHA_TEST_POSTGRES=$(.ci/postgres start DIR)")
    name = f"escucha_test_{os.getpid()}"
    execute(server, f"CREATE DATABASE {name}")
    yield make_url(server).set(database=name).render_as_string(hide_password=False)
    execute(server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return a URL at which an empty ledger can be created."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'ledger.sqlite'}"
    database: str = request.getfixturevalue("own_database")
    return emptied(database)


@pytest.fixture
def ledger(url: str) -> Iterator[Ledger]:
    """Provide an empty ledger."""
    opened = open_ledger(url, SALT)
    yield opened
    opened.close()


@pytest.fixture
def other(url: str, ledger: Ledger) -> Iterator[Ledger]:
    """Open the same ledger as a second worker."""
    opened = open_ledger(url, SALT)
    yield opened
    opened.close()
