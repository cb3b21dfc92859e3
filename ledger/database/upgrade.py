"""Brings the tables of an older ledger up to date, forward only; two processes that open it at once do it once."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, text

from core.errors import ConfigurationError
from ledger.database import postgres
from ledger.schema import REVISION

FOLDER = Path(__file__).parents[1] / "migrations"
LOCK = 0x65736375  # "escu": any number of ours


def upgrade(connection: Connection) -> None:
    """Run what is missing, inside the caller's transaction: all of it, or nothing.

    Raises:
        ConfigurationError: a newer Escucha made this ledger.
    """
    if connection.dialect.name == "postgresql":  # SQLite's writers are alone from BEGIN IMMEDIATE on
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
    if MigrationContext.configure(connection).get_current_revision() == REVISION:
        return
    with _unhurried(connection):
        _run(connection)


@contextmanager
def _unhurried(connection: Connection) -> Iterator[None]:
    """A new index over millions of posts takes longer than any other statement may."""
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
    """From where the ledger stands to the newest revision."""

    def __init__(self, scripts: ScriptDirectory) -> None:
        self.scripts = scripts

    def steps(self, revision: object, _context: object) -> object:
        """What alembic has to run."""
        return self.scripts._upgrade_revs("head", revision)  # type: ignore[arg-type]  # what its own command does
