"""Upgrade the tables of an older ledger, forward only.

Two processes that open it at once run each migration once.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, text

from core.errors import ConfigurationError, UnavailableError
from ledger.database import postgres
from ledger.schema import REVISION

FOLDER = Path(__file__).parents[1] / "migrations"
LOCK = 0x65736375  # "escu" in ASCII: any fixed number


def upgrade(connection: Connection) -> None:
    """Run the missing migrations in the caller's transaction: all or none.

    Raises:
        ConfigurationError: a newer Escucha made this ledger.
    """
    if connection.dialect.name == "postgresql":  # on SQLite, BEGIN IMMEDIATE excludes other writers
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
    if MigrationContext.configure(connection).get_current_revision() == REVISION:
        return
    with _without_timeout(connection):
        _run(connection)


def check_current(connection: Connection) -> None:
    """Refuse to read a ledger whose tables are not this version's.

    Raises:
        UnavailableError: says what a start would do.
    """
    found = MigrationContext.configure(connection).get_current_revision()
    if found != REVISION:
        raise UnavailableError(
            f"this ledger has tables of another version of Escucha ({found}; this one needs {REVISION}), and this command changes nothing. "
            "Make a backup (`make backup FILE=...`), then run `escucha prepare`: it brings an older ledger up to date, as every start and "
            "step does, and refuses a newer one"
        )


@contextmanager
def _without_timeout(connection: Connection) -> Iterator[None]:
    """Lift the statement timeout: an index over millions of posts takes long."""
    if connection.dialect.name != "postgresql":
        yield
        return
    connection.execute(text("SET LOCAL statement_timeout = 0"))
    with postgres.limited(connection.connection.dbapi_connection, postgres.MIGRATION_S):
        yield


def _run(connection: Connection) -> None:
    from alembic.runtime.environment import EnvironmentContext

    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("path_separator", "os")
    scripts = ScriptDirectory.from_config(config)
    plan = _Plan(scripts)
    with EnvironmentContext(config, scripts, fn=plan.steps) as environment:
        environment.configure(connection=connection, transactional_ddl=True)
        try:
            environment.run_migrations()
        except CommandError as error:
            raise ConfigurationError(
                f"this ledger was made by a newer Escucha ({error}): update this one, or name another ledger in ESCUCHA_LEDGER_URL"
            ) from None


class _Plan:
    """Plan the steps from the ledger's revision to the newest."""

    def __init__(self, scripts: ScriptDirectory) -> None:
        self.scripts = scripts

    def steps(self, revision: object, _context: object) -> object:
        """Return the migrations that alembic has to run."""
        return self.scripts._upgrade_revs("head", revision)  # type: ignore[arg-type]  # as alembic's own command does
