"""Query the remarks of people on reports."""

from sqlalchemy import select

from core.records import Record, UtcDatetime
from ledger import schema
from ledger.database import Ledger


class ReportRemark(Record):
    """Hold what a person wrote about one report of one interval."""

    text: str
    """Empty: taken back."""
    language: str
    who: str
    at: UtcDatetime
    version: int
    """Counts the changes, from 1."""


def report_remark(ledger: Ledger, report: str, interval: str) -> ReportRemark | None:
    """Return the remark on a report; None when there never was one.

    Args:
        ledger: the open ledger.
        report: name of the report.
        interval: `Interval.key`.
    """
    table = schema.report_remarks
    statement = select(*(table.c[name] for name in ReportRemark.model_fields))
    with ledger.read() as connection:
        row = connection.execute(statement.where(table.c.report == report, table.c.interval == interval)).mappings().one_or_none()
    return None if row is None else ReportRemark(**row)
