"""Count the requests to the assistant against the day's budget."""

from datetime import date, datetime

from sqlalchemy import func, select

from ledger import schema
from ledger.cases.history import entries as history
from ledger.database import Ledger
from ledger.database.writing import writing

_table = schema.assistant_calls


class _SpentError(Exception):
    """Roll the transaction back."""


def claim(ledger: Ledger, day: date, limit: int, who: str, task: str, subject: str, characters: int, now: datetime) -> bool:
    """Count and audit one request; False: the day's budget is spent.

    The head of the audit chain is locked by the entry: of two requests at once the second sees the first.
    """
    try:
        with writing(ledger) as connection:
            row = {"day": day, "at": now, "who": who, "task": task, "characters": characters}
            connection.execute(_table.insert().values(**row))
            history.audit(connection, who, "assistant_asked", subject, task, now)
            count = select(func.count()).select_from(_table).where(_table.c.day == day)
            if connection.execute(count).scalar_one() > limit:
                raise _SpentError
    except _SpentError:
        return False
    return True
