"""Lay a committed ledger of an earlier version where a test opens it, on SQLite and on PostgreSQL."""

import gzip
import json
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic.runtime.environment import EnvironmentContext
from sqlalchemy import Connection, Engine

from ledger.database import upgrade
from ledger.database.connection import connect
from tests.support.deployment import ROOT

LEDGERS = ROOT / "tests" / "ledgers"


def lay_file(revision: str, file: Path) -> None:
    """Write the ledger's file."""
    file.write_bytes(gzip.decompress((LEDGERS / revision / "ledger.sqlite.gz").read_bytes()))


def salt_of(revision: str) -> bytes:
    """Return the salt it was made with."""
    return (LEDGERS / revision / "salt").read_bytes().strip()


def lay(revision: str, url: str, scratch: Path) -> None:
    """Put the ledger at this URL: its file, or its tables and rows into an empty database of PostgreSQL."""
    if sa.make_url(url).get_backend_name() == "sqlite":
        lay_file(revision, Path(str(sa.make_url(url).database)))
        return
    lay_file(revision, scratch / "source.sqlite")
    engine = connect(url)
    with (
        closing(sqlite3.connect(scratch / "source.sqlite")) as source,
        engine.connect().execution_options(writes=True) as target,
        target.begin(),
    ):
        target.exec_driver_sql(gzip.decompress((LEDGERS / revision / "postgres.sql.gz").read_bytes()).decode())
        source.row_factory = sqlite3.Row
        tables = sa.MetaData()
        tables.reflect(target)
        for table in tables.sorted_tables:
            rows = [_typed(table, dict(row)) for row in source.execute(f"SELECT * FROM {table.name}")]  # noqa: S608  a table's name
            if rows:
                target.execute(table.insert(), rows)
            if "id" in table.c and rows:
                target.exec_driver_sql(f"SELECT setval('{table.name}_id_seq', {len(rows)})")
    engine.dispose()


def bring_to(revision: str, url: str) -> None:
    """Run the migrations to this revision, from a ledger of 0.2 or from none."""
    engine, scripts = connect(url), upgrade._scripts()
    with (
        engine.connect().execution_options(writes=True) as connection,
        connection.begin(),
        EnvironmentContext(upgrade._config(), scripts, fn=lambda *_: scripts._upgrade_revs(revision, None)) as environment,  # type: ignore[arg-type]
    ):
        if sa.inspect(connection).has_table("alembic_version"):
            connection.execute(sa.text("DELETE FROM alembic_version"))
        environment.configure(connection=connection, transactional_ddl=True)
        environment.run_migrations()
    engine.dispose()


def _typed(table: sa.Table, row: Mapping[str, Any]) -> dict[str, Any]:
    """Return SQLite's values as those of the table's types."""
    return {name: _value(table.c[name].type.python_type, value) for name, value in row.items()}


def _value(kind: type, value: Any) -> Any:
    if value is None:
        return None
    if kind is datetime:
        moment = datetime.fromisoformat(value)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    if kind is date:
        return date.fromisoformat(value)
    if kind is dict:
        return json.loads(value)
    return bool(value) if kind is bool else value


def described(engine: Engine) -> list[tuple[str, ...]]:
    """Return all that the database says of its tables: columns in their order, keys, indexes, sequences, triggers, functions."""
    with engine.connect() as connection:
        return sorted(tuple(map(str, row)) for row in connection.exec_driver_sql(_DESCRIBED[engine.dialect.name]))


_DESCRIBED = {
    "sqlite": "SELECT type, name, tbl_name, sql FROM sqlite_master",
    "postgresql": """
        SELECT 'column', table_name, column_name, concat_ws(' ', ordinal_position, data_type, is_nullable, column_default)
        FROM information_schema.columns WHERE table_schema = 'public'
        UNION ALL SELECT 'constraint', conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
        WHERE connamespace = 'public'::regnamespace
        UNION ALL SELECT 'index', tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
        UNION ALL SELECT 'sequence', relname, '', '' FROM pg_class WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace
        UNION ALL SELECT 'trigger', tgname, '', pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
        UNION ALL SELECT 'function', proname, '', prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace""",
}


def rows_of(connection: Connection, table: str, renamed: Mapping[str, str], leave_out: set[str]) -> list[dict[str, str]]:
    """Return the rows of a table, each column under its new name, without some columns."""
    found = connection.exec_driver_sql(f"SELECT * FROM {table}").mappings()  # noqa: S608  a table's name
    rows = [
        {
            renamed.get(name, name): repr(bytes(value) if isinstance(value, memoryview) else value)
            for name, value in row.items()
            if name not in leave_out
        }
        for row in found
    ]
    return sorted(rows, key=lambda row: sorted(row.items()))
