"""Track freshness: when a source last brought something new, and its alerts."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, func, select, update

from ledger import schema
from ledger.database import Ledger
from ledger.database.writing import writing


def last_new_at(ledger: Ledger, source: str) -> datetime | None:
    """Return when a source last brought anything new.

    Its first complete run when it never did; None before that.
    """
    with ledger.read() as connection:
        return last_new_by_source(connection).get(source)


def last_new_by_source(connection: Connection) -> Mapping[str, datetime]:
    """Return the same for every source.

    Computed from runs, not posts: runs outlive forgotten posts, and authors cannot set their times.
    """
    runs = schema.runs.c
    brought = select(runs.source, func.max(runs.started_at)).where((runs.stored > 0) | (runs.updated > 0))
    began = select(runs.source, func.min(runs.started_at)).where(runs.outcome == "done")
    first = dict(connection.execute(began.group_by(runs.source)).tuples().all())
    return first | dict(connection.execute(brought.group_by(runs.source)).tuples().all())


def claim_alert(ledger: Ledger, source: str, since: datetime) -> bool:
    """Claim the alert for a quiet period; True for the first caller.

    One alert each, however many runs and workers notice it.
    """
    cursors = schema.cursors
    unreported = cursors.c.quiet_since.is_(None) | (cursors.c.quiet_since != since)
    with writing(ledger) as connection:
        claimed = connection.execute(update(cursors).where(cursors.c.source == source, unreported).values(quiet_since=since))
        return claimed.rowcount == 1
