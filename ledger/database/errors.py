"""The database's errors in our words: what a person can do, and never a value of a row, which may be what somebody wrote."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError, SQLAlchemyError, TimeoutError as PoolTimeoutError

from core.errors import DamagedLedgerError, EscuchaError, UnavailableError
from ledger.database.connection import WAIT_S
from ledger.database.postgres import LOCK_S

DAMAGED = ("malformed", "not a database", "disk I/O error", "invalid page in block", "could not read block")
"""What SQLite and PostgreSQL say of a file that is not what they wrote."""

NOTHING = "nothing is half written"


@contextmanager
def translate_errors(engine: Engine) -> Iterator[None]:
    """Translate whatever the database refuses, and break the chain: an original error may quote the row it was about.

    Raises:
        DamagedLedgerError: the file is damaged.
        UnavailableError: the database does not answer, is full or locked.
        EscuchaError: it refused a statement, which is a fault of ours.
    """
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error) as error:
        raise describe_error(error, engine) from None


def describe_error(error: SQLAlchemyError | sqlite3.Error, engine: Engine) -> EscuchaError:
    """Say what a person can do about it."""
    if isinstance(error, PoolTimeoutError):
        return UnavailableError("the ledger: too many pages wait for it at once; try again in a moment")
    original = getattr(error, "orig", None) or error
    lines = str(original).strip().splitlines()
    told = lines[0] if lines else "it does not answer"
    if any(sign in told for sign in DAMAGED):
        return damaged(engine, told)
    if isinstance(error, OperationalError | sqlite3.OperationalError):
        return UnavailableError(f"the ledger: {told}{_cure(told)}")
    return EscuchaError(
        f"the ledger refused a statement ({_kind(original)}): a fault of Escucha, please report it; {NOTHING}"
    )


def _cure(told: str) -> str:
    if "full" in told:
        return f": make room on the disk, then run this again; {NOTHING}"
    if "lock timeout" in told:
        return f": another process held it for more than {LOCK_S} s; run this again"
    if "locked" in told:
        return f": another process wrote for more than {WAIT_S} s; run this again"
    return ""


def _kind(original: BaseException) -> str:
    """Name the kind of error and the constraint; its own words may quote a value."""
    diagnosis = getattr(original, "diag", None)
    constraint = getattr(diagnosis, "constraint_name", None) or getattr(original, "sqlite_errorname", None)
    return ", ".join(filter(None, (type(original).__name__, constraint)))


def damaged(engine: Engine, told: str) -> DamagedLedgerError:
    """Say that the file is damaged, and how to get a whole one back."""
    if engine.dialect.name != "sqlite":
        return DamagedLedgerError(
            f"the ledger's database is damaged ({told}): stop Escucha and restore it with PostgreSQL's own tools"
        )
    path = Path(str(engine.url.database))
    rescue = f"sqlite3 {path} .recover | sqlite3 {path.with_name('recovered.sqlite')}"
    return DamagedLedgerError(
        f"the ledger {path} is damaged ({told}). Stop Escucha, look at the disk, keep a copy of {path.name}* as they are, then put back "
        f"the newest backup with `make restore FILE=...`. Without a backup: `{rescue}` saves what can still be read"
    )
