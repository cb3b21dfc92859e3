"""Query the complaints and cases that a forecast counts."""

from collections.abc import Collection
from datetime import UTC, datetime, time
from typing import NamedTuple

from sqlalchemy import select

from core.records.case import WAITING
from core.records.post import is_example
from ledger import schema
from ledger.cases.counts import is_complaint
from ledger.database import Ledger

NOON = time(12)
"""Taken as the hour of a complaint whose post was forgotten: only its day (UTC) was kept."""


class Counted(NamedTuple):
    """Hold one complaint or case."""

    at: datetime
    topic: str | None
    district: str | None
    department: str | None
    """Of a case; None of a complaint."""
    made_up: bool
    """Replayed or an example."""
    due_at: datetime | None
    """Of a case that waits for its answer."""


def complaints(ledger: Ledger, since: datetime, without: Collection[str] = ()) -> list[Counted]:
    """Return the complaints of citizens written since a moment; no spam.

    Those whose posts the retention forgot are among them, by day alone. `without`: sources that do not count.
    """
    posts, labels = schema.posts.c, schema.labels.c
    statement = (
        select(posts.created_at, posts.source, posts.replayed_from, labels.topic, labels.district)
        .join(schema.labels, labels.post_id == posts.post_id)
        .where(posts.created_at >= since, is_complaint(), posts.source.not_in(without))
    )
    past = schema.past_counts
    forgotten = select(past).where(past.c.day >= since.date(), past.c.source.not_in(without))
    with ledger.read() as connection:
        known = [
            Counted(row.created_at, row.topic, row.district, None, row.replayed_from is not None or is_example(row.source), None)
            for row in connection.execute(statement)
        ]
        return known + [
            Counted(datetime.combine(row.day, NOON, UTC), row.topic or None, row.district or None, None, row.made_up, None)
            for row in connection.execute(forgotten)
            for _ in range(row.number)
        ]


def cases(ledger: Ledger, since: datetime, without: Collection[str] = ()) -> list[Counted]:
    """Return the cases received since a moment, and older waiting ones.

    Merged cases are left out."""
    table = schema.cases.c
    statement = select(table.received_at, table.topic, table.district, table.department, table.replay, table.due_at, table.state).where(
        (table.received_at >= since) | table.state.in_(sorted(WAITING)), table.state != "merged", table.source.not_in(without)
    )
    with ledger.read() as connection:
        return [
            Counted(row.received_at, row.topic, row.district, row.department, row.replay, row.due_at if row.state in WAITING else None)
            for row in connection.execute(statement)
        ]
