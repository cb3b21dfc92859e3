"""The audit log: who did what, when and why; for everything that is not a step of a case."""

from datetime import datetime

from ledger.cases import history
from ledger.database import Ledger


def log(ledger: Ledger, who: str, what: str, subject: str, why: str, now: datetime) -> None:
    """Write one line into the log."""
    with ledger.write() as connection:
        history.audit(connection, who, what, subject, why, now)
