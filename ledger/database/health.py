"""Whether the ledger's file is whole: asked when Escucha starts and once a day, and when anything fails in a way nobody foresaw."""

from ledger.database import Ledger
from ledger.database.errors import damaged


def check_whole(ledger: Ledger) -> None:
    """Let SQLite look at every page; PostgreSQL guards its own.

    Raises:
        DamagedLedgerError: a page is not what was written; with what to do.
    """
    if not ledger.is_sqlite:
        return
    with ledger.read() as connection:
        (found,) = connection.exec_driver_sql("PRAGMA quick_check(1)").scalars()
    if found != "ok":
        raise damaged(ledger.engine, " ".join(str(found).split()))
