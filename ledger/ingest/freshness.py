"""Silence: since when a source has brought nothing new, and whether that was told already."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, func, select, update

from ledger import schema
from ledger.database import Ledger


def heard_at(ledger: Ledger, source: str) -> datetime | None:
    """When it last brought anything new; its first complete read when it never did; None before that."""
    with ledger.read() as connection:
        return all_heard(connection).get(source)


def all_heard(connection: Connection) -> Mapping[str, datetime]:
    """The same of every source. Runs are asked, not posts: they outlive what is forgotten, and no author sets their clock."""
    runs = schema.runs.c
    brought = select(runs.source, func.max(runs.started_at)).where((runs.stored > 0) | (runs.updated > 0))
    began = select(runs.source, func.min(runs.started_at)).where(runs.outcome == "done")
    first = dict(connection.execute(began.group_by(runs.source)).tuples().all())
    return first | dict(connection.execute(brought.group_by(runs.source)).tuples().all())


def tell_silence(ledger: Ledger, source: str, since: datetime) -> bool:
    """True for the first who comes to tell this silence: one alarm a silence, however many runs and workers notice it."""
    cursors = schema.cursors
    untold = cursors.c.quiet_since.is_(None) | (cursors.c.quiet_since != since)
    with ledger.write() as connection:
        told = connection.execute(update(cursors).where(cursors.c.source == source, untold).values(quiet_since=since))
        return told.rowcount == 1
