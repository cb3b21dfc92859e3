"""Let a channel rest after a failure, stop it, and resume it.

A channel that rests or stopped keeps its messages of every kind waiting.
"""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, delete, or_, select

from ledger import schema
from ledger.database import Ledger, insert
from ledger.database.writing import writing

_table = schema.outbox_channels


def failures(ledger: Ledger, channel: str) -> int:
    """Count the failures of a channel, one after another."""
    with ledger.read() as connection:
        return connection.execute(select(_table.c.failures).where(_table.c.channel == channel)).scalar_one_or_none() or 0


def rest(ledger: Ledger, channel: str, reason: str, until: datetime) -> None:
    """Send nothing over a channel until a moment."""
    _note_failure(ledger, channel, reason=reason, not_before=until)


def stop(ledger: Ledger, channel: str, reason: str, now: datetime) -> None:
    """Send nothing over a channel until a person resumes it."""
    _note_failure(ledger, channel, reason=reason, stopped_at=now)


def _note_failure(ledger: Ledger, channel: str, **new: object) -> None:
    with writing(ledger) as connection:
        statement = insert(connection, _table).values(channel=channel, failures=1, **new)
        again = {"failures": _table.c.failures + 1, **new}
        connection.execute(statement.on_conflict_do_update(index_elements=["channel"], set_=again))


def recovered(connection: Connection, channel: str) -> None:
    """Forget the failures of a channel that works again.

    One that stopped stays so.
    """
    connection.execute(delete(_table).where(_table.c.channel == channel, _table.c.stopped_at.is_(None)))


def resume(connection: Connection, channels: Collection[str]) -> None:
    """End rests and stops, because a person says so."""
    connection.execute(delete(_table).where(_table.c.channel.in_(sorted(channels))))


def is_usable(channel: ColumnElement[str], now: datetime) -> ColumnElement[bool]:
    """Tell whether a channel neither rests nor stopped."""
    unusable = or_(_table.c.stopped_at.is_not(None), _table.c.not_before > now)
    return ~select(_table.c.channel).where(_table.c.channel == channel, unusable).exists()
