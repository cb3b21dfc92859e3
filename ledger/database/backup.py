"""Copies the whole ledger to a file while everything runs, and puts such a copy back."""

import os
import sqlite3
import subprocess
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from sqlalchemy import URL

from core.errors import ConfigurationError, UnavailableError
from ledger.database.connection import address_of


def copy_to(url: str, file: Path) -> str:
    """Write one consistent copy of the ledger at `url` to `file`; says which kind it is.

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
            connection.execute("VACUUM INTO ?", (str(file),))  # one snapshot, without what was erased
    except sqlite3.Error as error:
        raise UnavailableError(f"the copy of {source} failed: {error}") from None
    return "sqlite"


def exists(url: str) -> bool:
    """Tell whether a ledger is at this URL; a server's is taken for there."""
    address = address_of(url)
    return address.get_backend_name() != "sqlite" or Path(str(address.database)).is_file()


def check_copy(url: str, file: Path, kind: str) -> None:
    """Check that a copy is whole and can take the place of the ledger at `url`.

    Raises:
        ConfigurationError: the copy is of the other kind, or damaged.
    """
    address = address_of(url)
    if address.get_backend_name() != kind:
        raise ConfigurationError(
            f"this backup is of {kind}, the ledger in force is {address.get_backend_name()}: set ESCUCHA_LEDGER_URL"
        )
    if kind != "sqlite":
        return
    try:
        with closing(sqlite3.connect(file)) as connection:
            good = connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    except sqlite3.Error:
        good = False
    if not good:
        raise ConfigurationError("the copy of the ledger in this backup is damaged: take another backup")


def restore_copy(url: str, file: Path, kind: str) -> None:
    """Replace the ledger at `url` by the copy that was checked. Nobody else may have it open."""
    address = address_of(url)
    if kind == "postgresql":
        how = ("--clean", "--if-exists", "--no-owner", "--single-transaction")
        _postgres(("pg_restore", *how, f"--dbname={address.database}", str(file)), address)
        return
    target = Path(str(address.database))
    target.parent.mkdir(parents=True, exist_ok=True)
    for leftover in (target.with_name(f"{target.name}-wal"), target.with_name(f"{target.name}-shm")):
        leftover.unlink(missing_ok=True)  # they belong to the ledger that is replaced
    file.chmod(0o600)
    file.replace(target)


def _postgres(command: Sequence[str], address: URL) -> None:
    given = {"PGHOST": address.host, "PGPORT": address.port, "PGUSER": address.username, "PGPASSWORD": address.password}
    known = {name: str(value) for name, value in given.items() if value is not None}
    given_env = os.environ | known | {"PGDATABASE": str(address.database)}
    try:
        done = subprocess.run(command, env=given_env, capture_output=True)  # noqa: S603
    except FileNotFoundError:
        raise ConfigurationError(
            f"{command[0]} is not there: install the PostgreSQL client (Debian: postgresql-client)"
        ) from None
    if done.returncode != 0:
        raise UnavailableError(f"{command[0]}: {done.stderr.decode(errors='replace').strip()}")
