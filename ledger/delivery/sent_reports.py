"""Track report mails: each recipient gets each report once."""

from datetime import datetime

from sqlalchemy import ColumnElement, update

from ledger import schema
from ledger.database import Ledger, insert

_table = schema.sent_reports


def claim_mail(ledger: Ledger, report: str, interval: str, recipient: str, now: datetime) -> bool:
    """Claim one mail; True for the one process that may send it.

    `pipeline.steps.report` releases the unfinished claim of a killed run first: such a mail is sent again, with the same Message-ID.
    """
    row = {"report": report, "interval": interval, "recipient": recipient, "claimed_at": now}
    with ledger.write() as connection:
        return connection.execute(insert(connection, _table).on_conflict_do_nothing(), row).rowcount == 1


def mark_mailed(ledger: Ledger, report: str, interval: str, recipient: str, now: datetime) -> None:
    """Store that the mail server took the mail."""
    with ledger.write() as connection:
        connection.execute(update(_table).where(_this(report, interval, recipient)).values(mailed_at=now))


def release_mail(ledger: Ledger, report: str, interval: str, recipient: str) -> None:
    """Release a mail that the server certainly did not take.

    The next run may try again.
    """
    with ledger.write() as connection:
        unsent = _this(report, interval, recipient) & _table.c.mailed_at.is_(None)
        connection.execute(_table.delete().where(unsent))


def _this(report: str, interval: str, recipient: str) -> ColumnElement[bool]:
    columns = _table.c
    return (columns.report == report) & (columns.interval == interval) & (columns.recipient == recipient)
