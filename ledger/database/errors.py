"""Translate database errors: cause and remedy, never a value of a row.

A value may be personal data.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError, SQLAlchemyError, TimeoutError as PoolTimeoutError

from core.errors import DamagedLedgerError, EscuchaError, UnavailableError
from core.runtime.disk import SPARE_MB, describe_full_disk
from ledger.database.connection import WAIT_S, open_read_only
from ledger.database.postgres import LOCK_S

DOUBTFUL = ("malformed", "not a database", "disk I/O error", "invalid page in block", "could not read block")
"""Parts of the messages of SQLite and PostgreSQL that may mean a damaged file; a file of SQLite is examined before that is said."""
ROOM = ("disk I/O error", "unable to open database file", "is full", "No space left")
"""Parts of the messages that a full disk causes: SQLite makes a small file beside the ledger even to read it."""
TEMPORARY = tuple(map(Path, ("/var/tmp", "/tmp")))  # noqa: S108  where SQLite sorts what does not fit into memory

NOTHING = "nothing is half written"


@contextmanager
def translate_errors(engine: Engine) -> Iterator[None]:
    """Translate database errors and drop the cause, which may quote a row.

    Raises:
        DamagedLedgerError: the file is damaged.
        UnavailableError: the database does not answer, is full or locked.
        EscuchaError: it refused a statement, which is a bug.
    """
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error) as error:
        raise describe_error(error, engine) from None


def describe_error(error: SQLAlchemyError | sqlite3.Error, engine: Engine) -> EscuchaError:
    """Return the error of Escucha for a database error, with the remedy."""
    if isinstance(error, PoolTimeoutError):
        return UnavailableError("the ledger: too many connections are in use; try again in a moment")
    original = getattr(error, "orig", None) or error
    lines = str(original).strip().splitlines()
    message = lines[0] if lines else "it does not answer"
    if any(part in message for part in ROOM) and (full := _full_disk(engine)):
        return UnavailableError(f"the ledger: {message}: {full}; {NOTHING}")
    if any(part in message for part in DOUBTFUL):
        return _examined(engine, message)
    if isinstance(error, OperationalError | sqlite3.OperationalError):
        return UnavailableError(f"the ledger: {message}{_remedy(message, engine)}")
    return EscuchaError(f"the ledger refused a statement ({_kind(original)}): a bug in Escucha, please report it; {NOTHING}")


def _full_disk(engine: Engine) -> str | None:
    """Say which disk is full.

    None: none is, or it is a server's.
    """
    if engine.dialect.name != "sqlite":
        return None
    return describe_full_disk(Path(str(engine.url.database)).absolute().parent, *TEMPORARY)


def _examined(engine: Engine, message: str) -> EscuchaError:
    """Return the error for a file that may be damaged.

    Only a failed check says that it is.
    """
    if engine.dialect.name != "sqlite":
        return damaged(engine, message)
    path = Path(str(engine.url.database))
    try:
        with closing(open_read_only(path)) as connection:
            ((found,),) = connection.execute("PRAGMA quick_check(1)").fetchall()
    except sqlite3.OperationalError as error:  # the disk does not let it be read: nothing is known about the file
        return UnavailableError(
            f"the ledger {path} cannot be read ({error}): check the disk and the rights of its folder, then run this again; {NOTHING}"
        )
    except sqlite3.Error as error:
        return damaged(engine, str(error))
    if found != "ok":
        return damaged(engine, message)
    return UnavailableError(
        f"the ledger: {message}; its file was examined and is whole: run this again, and check the disk and the memory if it comes back"
    )


def _remedy(message: str, engine: Engine) -> str:
    if "full" in message or "No space left" in message:
        return f": make room on the disk of the ledger, at least {SPARE_MB} MB, then run this again; {NOTHING}"
    if "unable to open" in message:  # of SQLite: a server has no file to be opened here
        return f": {engine.url.database} must be a file, in a folder, that the user of this program may read and write"
    if "lock timeout" in message:
        return f": another process held a lock for more than {LOCK_S} s; run this again"
    if "locked" in message:
        return f": another process wrote for more than {WAIT_S} s; run this again"
    return ""


def _kind(original: BaseException) -> str:
    """Name the error type and the constraint.

    The driver's message is left out: it may quote a value.
    """
    diagnosis = getattr(original, "diag", None)
    constraint = getattr(diagnosis, "constraint_name", None) or getattr(original, "sqlite_errorname", None)
    return ", ".join(filter(None, (type(original).__name__, constraint)))


def damaged(engine: Engine, message: str) -> DamagedLedgerError:
    """Return the error for a damaged file, with the steps to recover."""
    if engine.dialect.name != "sqlite":
        return DamagedLedgerError(f"the ledger's database is damaged ({message}): stop Escucha and restore it with PostgreSQL's own tools")
    path = Path(str(engine.url.database))
    rescue = f"sqlite3 {path} .recover | sqlite3 {path.with_name('recovered.sqlite')}"
    return DamagedLedgerError(
        f"the ledger {path} is damaged ({message}). Stop Escucha, check the disk, keep a copy of {path.name}* as they are, then restore "
        f"the newest backup with `make restore FILE=...`. Without a backup: `{rescue}` saves what can still be read"
    )
