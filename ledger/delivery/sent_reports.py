"""A report is mailed once to each recipient: who claims the mail may send it, and nobody else."""

from datetime import datetime

from sqlalchemy import ColumnElement, update

from ledger import schema
from ledger.database import Ledger
from ledger.database.upsert import insert

_mails = schema.mails


def claim_mail(ledger: Ledger, report: str, interval: str, recipient: str, now: datetime) -> bool:
    """True for the one that may send this mail. A mail that may have been sent before a kill is not sent again."""
    row = {"report": report, "interval": interval, "recipient": recipient, "claimed_at": now}
    with ledger.write() as connection:
        return connection.execute(insert(connection, _mails).on_conflict_do_nothing(), row).rowcount == 1


def mailed(ledger: Ledger, report: str, interval: str, recipient: str, now: datetime) -> None:
    """The server took it."""
    with ledger.write() as connection:
        connection.execute(update(_mails).where(_this(report, interval, recipient)).values(mailed_at=now))


def not_mailed(ledger: Ledger, report: str, interval: str, recipient: str) -> None:
    """The server surely did not take it: the next run may try again."""
    with ledger.write() as connection:
        unsent = _this(report, interval, recipient) & _mails.c.mailed_at.is_(None)
        connection.execute(_mails.delete().where(unsent))


def _this(report: str, interval: str, recipient: str) -> ColumnElement[bool]:
    mails = _mails.c
    return (mails.report == report) & (mails.interval == interval) & (mails.recipient == recipient)
