"""Write audit entries for everything outside the case history."""

from datetime import datetime

from ledger.cases.history import entries as history
from ledger.database import Ledger
from ledger.database.writing import writing


def log(ledger: Ledger, who: str, what: str, subject: str, why: str, now: datetime) -> None:
    """Write one audit entry."""
    with writing(ledger) as connection:
        history.audit(connection, who, what, subject, why, now)
