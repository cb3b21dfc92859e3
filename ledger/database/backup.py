"""Back up the ledger while it is in use, and restore it."""

import os
import re
import sqlite3
import subprocess
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from sqlalchemy import URL

from core.errors import ConfigurationError, UnavailableError
from ledger.database import upgrade
from ledger.database.connection import address_of
from ledger.schema import metadata


def copy_to(url: str, file: Path) -> str:
    """Write a consistent copy of the ledger at `url` to `file`.

    Returns `sqlite` or `postgresql`, the kind of the copy.

    Raises:
        ConfigurationError: there is no ledger, or the PostgreSQL client tools are missing.
        UnavailableError: the server does not answer, or the disk is full.
    """
    address = address_of(url)
    if address.get_backend_name() == "postgresql":
        _postgres(("pg_dump", "--format=custom", "--no-owner", f"--file={file}"), address)
        return "postgresql"
    source = Path(str(address.database))
    if not source.is_file():
        raise ConfigurationError(f"there is no ledger at {source} yet: nothing to back up")
    try:
        with closing(sqlite3.connect(source)) as connection:
            connection.execute("VACUUM INTO ?", (str(file),))  # one snapshot, without free pages that hold erased data
    except sqlite3.Error as error:
        raise UnavailableError(f"the copy of {source} failed: {error}") from None
    return "sqlite"


def exists(url: str) -> bool:
    """Tell whether a ledger is at this URL; True for any server."""
    address = address_of(url)
    return address.get_backend_name() != "sqlite" or Path(str(address.database)).is_file()


def check_copy(url: str, file: Path, kind: str) -> None:
    """Check that a copy is whole and fits the ledger at `url`.

    Raises:
        ConfigurationError: the copy is of the other kind, damaged, or of a version that this one does not open.
    """
    address = address_of(url)
    if address.get_backend_name() != kind:
        raise ConfigurationError(f"this backup is of {kind}, the ledger configured is {address.get_backend_name()}: set ESCUCHA_LEDGER_URL")
    if kind != "sqlite":
        if (found := _revision(file, address)) is None:
            raise ConfigurationError("this backup holds no ledger: take another backup")
        upgrade.check_opens(found)  # before the tables of the server are replaced
        return
    try:
        with closing(sqlite3.connect(file)) as connection:
            is_whole = connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    except sqlite3.Error:
        is_whole = False
    if not is_whole:
        raise ConfigurationError("the copy of the ledger in this backup is damaged: take another backup")


def restore_copy(url: str, file: Path, kind: str) -> None:
    """Replace the ledger at `url` by a checked copy.

    No other process may have the ledger open.
    """
    address = address_of(url)
    if kind == "postgresql":
        script = file.with_name(f"{file.name}.sql")
        _postgres(("pg_restore", "--no-owner", f"--file={script}", str(file)), address)
        how = ("--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1")
        _postgres(("psql", *how, f"--command={_drop_all(file, address)}", f"--file={script}"), address)
        script.unlink()
        return
    target = Path(str(address.database))
    target.parent.mkdir(parents=True, exist_ok=True)
    for leftover in (target.with_name(f"{target.name}-wal"), target.with_name(f"{target.name}-shm")):
        leftover.unlink(missing_ok=True)  # they belong to the ledger that is replaced
    file.chmod(0o600)
    file.replace(target)


def _revision(file: Path, address: URL) -> str | None:
    """Return the revision of the tables in a copy, if any."""
    rows = _postgres(("pg_restore", "--data-only", "--table=alembic_version", "--file=-", str(file)), address)
    found = re.search(r"^COPY [^\n]*\n([^\n\\]+)$", rows, re.MULTILINE)
    return found[1] if found else None


def _drop_all(file: Path, address: URL) -> str:
    """Return statements that drop the tables of ledger and copy.

    `pg_restore --clean` drops what is in the copy alone: newer tables that refer to it stop that.
    """
    listed = re.findall(r"^\d+; \d+ \d+ TABLE (\S+) (\S+) ", _postgres(("pg_restore", "--list", str(file)), address), re.MULTILINE)
    tables = {f'"{name}"' for name in metadata.tables} | {f'"{schema}"."{name}"' for schema, name in listed}
    return f"DROP TABLE IF EXISTS {', '.join(sorted(tables))} CASCADE; DROP FUNCTION IF EXISTS note_post_days() CASCADE"


def _postgres(command: Sequence[str], address: URL) -> str:
    """Run a client program; return its output."""
    connection = {"PGHOST": address.host, "PGPORT": address.port, "PGUSER": address.username, "PGPASSWORD": address.password}
    set_values = {name: str(value) for name, value in connection.items() if value is not None}
    env = os.environ | set_values | {"PGDATABASE": str(address.database)}
    try:
        done = subprocess.run(command, env=env, capture_output=True)  # noqa: S603
    except FileNotFoundError:
        raise ConfigurationError(f"{command[0]} was not found: install the PostgreSQL client (Debian: postgresql-client)") from None
    if done.returncode != 0:
        raise UnavailableError(f"{command[0]}: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout.decode(errors="replace")
