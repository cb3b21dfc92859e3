"""Store the remarks of people on reports."""

from datetime import datetime

from sqlalchemy import update

from core.errors import StaleError
from ledger import schema
from ledger.cases.history import entries as history
from ledger.database import Ledger
from ledger.database.connection import insert
from ledger.database.writing import writing

_table = schema.report_remarks


def set_remark(ledger: Ledger, report: str, interval: str, text: str, language: str, who: str, seen: int, now: datetime) -> None:
    """Store a remark with its audit entry; empty takes it back.

    Args:
        ledger: the open ledger.
        report: name of the report.
        interval: `Interval.key`.
        text: what the person wrote.
        language: of the text.
        who: the user.
        seen: version that the person saw; 0: there was none.
        now: the time of the change.

    Raises:
        StaleError: the remark was changed since.
    """
    row = {"text": text, "language": language, "who": who, "at": now, "version": seen + 1}
    one = (_table.c.report == report) & (_table.c.interval == interval)
    with writing(ledger) as connection:
        if seen:
            changed = connection.execute(update(_table).where(one, _table.c.version == seen).values(**row)).rowcount
        else:
            key = {"report": report, "interval": interval}
            changed = connection.execute(insert(connection, _table).on_conflict_do_nothing(), key | row).rowcount
        if changed != 1:
            raise StaleError("another person changed this remark meanwhile: read it, then send yours again")
        what = "report_remark" if text else "report_remark_removed"
        history.audit(connection, who, what, f"{report}/{interval}", text, now)
