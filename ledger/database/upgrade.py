"""Upgrade the tables of an older ledger, forward only.

Two processes that open it at once run each migration once.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from core.errors import ConfigurationError, UnavailableError
from ledger.database import postgres
from ledger.schema import REVISION

FOLDER = Path(__file__).parents[1] / "migrations"
LOCK = 0x65736375  # "escu" in ASCII: any fixed number
RELEASE_0_2 = "0012"
SAME_AS_0_3 = "0048"
"""The last of the revisions between 0.2 and 0.3: its tables are those of 0.3."""


def upgrade(connection: Connection) -> None:
    """Run the missing migrations in the caller's transaction: all or none.

    Raises:
        ConfigurationError: a newer Escucha made this ledger, or one of before 0.2, or a revision between 0.2 and 0.3.
    """
    if connection.dialect.name == "postgresql":  # on SQLite, BEGIN IMMEDIATE excludes other writers
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
    found = MigrationContext.configure(connection).get_current_revision()
    if found == REVISION:
        return
    if found is not None:
        _begin_at_0_3(connection, found)
    with _without_timeout(connection):
        _run(connection)


def _begin_at_0_3(connection: Connection, found: str) -> None:
    """Name the revision of a ledger of before 0.3 by today's names."""
    check_opens(found)
    if found == SAME_AS_0_3:
        connection.execute(text("UPDATE alembic_version SET version_num = '0.3'"))
    elif found == RELEASE_0_2:  # the first migration finds its tables
        connection.execute(text("DELETE FROM alembic_version"))


def check_opens(found: str) -> None:
    """Refuse a revision that this version cannot bring up to date.

    Older or newer.

    Raises:
        ConfigurationError: says which version can.
    """
    if found in (RELEASE_0_2, SAME_AS_0_3):
        return
    if found.isdecimal() and found < SAME_AS_0_3:
        made_by = "Escucha 0.1" if found < RELEASE_0_2 else "a revision between Escucha 0.2 and 0.3"
        raise ConfigurationError(
            f"this ledger was made by {made_by} (revision {found}), and this version opens those of 0.2 and later: open it, or restore its "
            "backup, with the last such revision first (docs/how-to/upgrade.md, From before 0.3), or name another ledger in "
            "ESCUCHA_LEDGER_URL. Nothing was changed"
        )
    if found not in {one.revision for one in _scripts().walk_revisions()}:
        raise ConfigurationError(
            f"this ledger was made by a newer Escucha (revision {found}): update this one, or name another ledger in ESCUCHA_LEDGER_URL"
        )


def check_current(connection: Connection) -> None:
    """Refuse to read a ledger whose tables are not this version's.

    Raises:
        ConfigurationError: no start of this version brings them up to date.
        UnavailableError: says what a start would do.
    """
    found = MigrationContext.configure(connection).get_current_revision()
    if found is not None:
        check_opens(found)
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

    scripts = _scripts()
    plan = _Plan(scripts)
    with EnvironmentContext(_config(), scripts, fn=plan.steps) as environment:
        environment.configure(connection=connection, transactional_ddl=True)
        environment.run_migrations()


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("path_separator", "os")
    return config


class _Plan:
    """Plan the steps from the ledger's revision to the newest."""

    def __init__(self, scripts: ScriptDirectory) -> None:
        self.scripts = scripts

    def steps(self, revision: object, _context: object) -> object:
        """Return the migrations that alembic has to run."""
        return self.scripts._upgrade_revs("head", revision)  # type: ignore[arg-type]  # as alembic's own command does
