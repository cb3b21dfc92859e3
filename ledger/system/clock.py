"""Query the times in the ledger, and the clock last accepted.

A clock that was wrong for an hour has left wrong times here, so no single time is trusted: `pipeline.health.clock` looks for jumps.
"""

import json
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from sqlalchemy import func, select, union_all

from core.records import Record, UtcDatetime
from ledger import schema
from ledger.database import Ledger, insert
from ledger.database.writing import writing

ACCEPTED = "clock_accepted"


class Accepted(Record):
    """Hold the clock as it was when posts were last forgotten."""

    at: UtcDatetime
    wrong_until: UtcDatetime | None = None
    """Stored times up to here were in the future then, and are known to be wrong."""


class Jump(Record):
    """Hold the longest period without any activity."""

    start: UtcDatetime
    end: UtcDatetime

    @property
    def length(self) -> timedelta:
        """Return how long it is."""
        return self.end - self.start


def accepted(ledger: Ledger) -> Accepted | None:
    """Return the clock last accepted; None before the first time."""
    meta = schema.meta.c
    with ledger.read() as connection:
        found = connection.execute(select(meta.value).where(meta.name == ACCEPTED)).scalar_one_or_none()
    return None if found is None else Accepted.model_validate(json.loads(found))


def accept(ledger: Ledger, clock: Accepted) -> None:
    """Store that the clock was right, or accepted, at this moment."""
    with writing(ledger) as connection:
        statement = insert(connection, schema.meta).values(name=ACCEPTED, value=clock.model_dump_json())
        renewed = {"value": statement.excluded.value}
        connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_=renewed))


def newest(ledger: Ledger) -> datetime | None:
    """Return the newest time stored anywhere; None in an empty ledger."""
    columns = (schema.runs.c.started_at, schema.posts.c.received_at, schema.annotations.c.annotated_at, schema.audit.c.at)
    with ledger.read() as connection:
        found = [connection.execute(select(func.max(column))).scalar_one() for column in columns]
    return max((moment for moment in found if moment is not None), default=None)


def newest_run(ledger: Ledger, source: str) -> datetime | None:
    """Return when the newest run of this source began, or None."""
    runs = schema.runs.c
    with ledger.read() as connection:
        found: datetime | None = connection.execute(select(func.max(runs.started_at)).where(runs.source == source)).scalar_one()
    return found


def longest_jump(ledger: Ledger, since: datetime | None, now: datetime) -> Jump | None:
    """Return the longest period without a run or a person's act.

    Between `since` and now; None when nothing happened before now.

    Args:
        ledger: the open ledger.
        since: the clock last accepted; None: from the first run on.
        now: the clock's time.
    """
    begin = since or datetime.min.replace(tzinfo=UTC)
    runs, acts = schema.runs.c.started_at, schema.audit.c.at
    happened = union_all(*(select(one.label("at")).where(one > begin, one < now) for one in (runs, acts))).subquery()
    with ledger.read() as connection:
        moments = list(connection.execute(select(happened.c.at).order_by(happened.c.at)).scalars())
    known = [*([since] if since else []), *moments, now]
    jumps = [Jump(start=start, end=end) for start, end in pairwise(known)]
    return max(jumps, key=lambda jump: jump.length, default=None)
