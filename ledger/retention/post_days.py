"""Add up what PostgreSQL's triggers noted about days, a row a statement."""

from collections import Counter

from sqlalchemy import delete, func, select

from ledger import schema
from ledger.database import Ledger
from ledger.database.writing import writing


def compact_post_days(ledger: Ledger) -> None:
    """Leave one row a day.

    Every snapshot sees the same sum before and after.
    """
    days = schema.post_days
    several = select(days.c.day).group_by(days.c.day).having(func.count() > 1)
    with writing(ledger) as connection:
        found = Counter[str]()
        for row in connection.execute(delete(days).where(days.c.day.in_(several)).returning(days.c.day, days.c.changes)):
            found[row.day] += row.changes
        if found:
            connection.execute(days.insert(), [{"day": day, "changes": changes} for day, changes in found.items()])
