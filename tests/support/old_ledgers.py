"""Make a ledger of an earlier revision."""

from collections.abc import Mapping, Sequence

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from ledger.database import upgrade


def upgrade_to(connection: Connection, revision: str) -> None:
    """Run the migrations up to a revision."""
    scripts = ScriptDirectory(str(upgrade.FOLDER))
    with EnvironmentContext(Config(), scripts, fn=lambda now, _: scripts._upgrade_revs(revision, now)) as environment:
        environment.configure(connection=connection, transactional_ddl=True)
        environment.run_migrations()


def insert_rows(connection: Connection, rows: Sequence[tuple[str, Mapping[str, object]]]) -> None:
    """Insert rows of tables that the code no longer describes."""
    for table, row in rows:
        names = ", ".join(f'"{name}"' for name in row)
        values = ", ".join(f":{name}" for name in row)
        connection.execute(text(f"INSERT INTO {table} ({names}) VALUES ({values})"), dict(row))  # noqa: S608  names of tests only
