"""Query the state of each source: counts, last run, gaps."""

from collections import defaultdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, case, func, select

from core.records import Record, UtcDatetime
from core.records.post import EXAMPLE
from ledger import schema
from ledger.database import Ledger
from ledger.ingest.freshness import last_new_by_source
from ledger.ingest.gaps import OpenGap
from ledger.retention.forget import UPSTREAM

COUNTERS = ("received", "stored", "duplicate", "updated")
REFUSED_COUNTERS = {"returned": "erased", "objected": "objected"}
"""Posts refused without a row in `rejects`, and the reason: an erased post came again; its author objects."""


class SourceState(Record):
    """Hold the state of one source."""

    source: str
    received: int
    stored: int
    duplicate: int
    updated: int
    rejected: dict[str, int]
    """By reason."""
    newest: UtcDatetime | None
    """When its newest post was written."""
    cursor_at: UtcDatetime | None
    """When its cursor last moved."""
    heard_at: UtcDatetime | None
    """When it last brought anything new; its first complete read when it never did."""
    withdrawn: int
    """Stored posts that were deleted upstream."""
    open_gaps: int
    lost_gaps: int
    last_run_at: UtcDatetime | None
    last_outcome: str | None


class SourceReach(Record):
    """Hold since when a source has posts, and whether it fails."""

    source: str
    first_at: UtcDatetime
    """When its first post was written."""
    replayed: bool
    """It replays an archive."""
    failing_since: UtcDatetime | None
    """Its last complete run, if a later one failed; None: its last run was complete."""


class Run(Record):
    """Hold one run of one source."""

    run_id: str
    source: str
    started_at: UtcDatetime
    ended_at: UtcDatetime | None
    outcome: str | None
    """`done`, or what went wrong; None while it runs, or when it was killed."""
    received: int
    stored: int
    duplicate: int
    updated: int
    returned: int
    """Erased posts that came again and were refused."""
    objected: int
    """Posts of authors who object, refused."""


class Reject(Record):
    """Hold a rejected record: where it was and why."""

    run_id: str
    source: str
    place: str
    reason: str
    size: int
    at: UtcDatetime


def sources(ledger: Ledger) -> list[SourceState]:
    """List every source that ever ran, by name."""
    runs, cursors, gaps = schema.runs.c, schema.cursors.c, schema.gaps.c
    totals = select(runs.source, *(func.sum(runs[name]).label(name) for name in COUNTERS)).group_by(runs.source)
    with ledger.read() as connection:
        rows = connection.execute(totals.order_by(runs.source)).all()
        newest = {row.source: connection.execute(_newest(row.source)).scalar_one() for row in rows}
        moved = _pairs(connection, select(cursors.source, cursors.updated_at).where(cursors.number > 0))
        counted = select(gaps.source, gaps.state, func.count()).group_by(gaps.source, gaps.state)
        gap_totals = {(source, state): n for source, state, n in connection.execute(counted)}
        heard, rejected, last = last_new_by_source(connection), _rejected(connection), _last_runs(connection)
        tombstones = schema.tombstones.c
        taken_back = select(tombstones.source, func.count()).where(tombstones.reason == UPSTREAM, tombstones.run_id.is_not(None))
        withdrawn = _pairs(connection, taken_back.group_by(tombstones.source))
    return [
        SourceState(
            source=row.source,
            **{name: int(getattr(row, name)) for name in COUNTERS},
            rejected=rejected[row.source],
            newest=newest.get(row.source),
            cursor_at=moved.get(row.source),
            heard_at=heard.get(row.source),
            withdrawn=withdrawn.get(row.source, 0),
            open_gaps=gap_totals.get((row.source, "open"), 0),
            lost_gaps=gap_totals.get((row.source, "lost"), 0),
            last_run_at=last[row.source].started_at,
            last_outcome=last[row.source].outcome,
        )
        for row in rows
    ]


def source_reach(ledger: Ledger) -> list[SourceReach]:
    """List every source that has posts, by name."""
    posts, runs = schema.posts.c, schema.runs.c
    is_replay = func.max(case((posts.replayed_from.is_not(None) & ~posts.source.startswith(EXAMPLE, autoescape=True), 1), else_=0))
    first = select(posts.source, func.min(posts.created_at).label("at"), is_replay.label("replayed")).group_by(posts.source)
    with ledger.read() as connection:
        rows = connection.execute(first.order_by(posts.source)).all()
        done = _pairs(connection, select(runs.source, func.max(runs.ended_at)).where(runs.outcome == "done").group_by(runs.source))
        last = _last_runs(connection)
    failed = {source for source, row in last.items() if row.outcome not in (None, "done")}
    return [
        SourceReach(
            source=row.source,
            first_at=row.at,
            replayed=bool(row.replayed),
            failing_since=done.get(row.source) if row.source in failed else None,
        )
        for row in rows
    ]


def _newest(source: str) -> Select[tuple[datetime | None]]:
    """Select when a source's newest post was written, by an index."""
    posts = schema.posts.c
    return select(func.max(posts.created_at)).where(posts.source == source)


def _pairs(connection: Connection, statement: Any) -> dict[str, Any]:
    return {row[0]: row[1] for row in connection.execute(statement)}


def _rejected(connection: Connection) -> dict[str, dict[str, int]]:
    rejects, runs = schema.rejects.c, schema.runs.c
    found: dict[str, dict[str, int]] = defaultdict(dict)
    counted = select(rejects.source, rejects.reason, func.count().label("n")).group_by(rejects.source, rejects.reason)
    for row in connection.execute(counted.order_by(rejects.reason)):
        found[row.source][row.reason] = row.n
    for counter, reason in REFUSED_COUNTERS.items():
        sums = select(runs.source, func.sum(runs[counter])).group_by(runs.source)
        for source, n in _pairs(connection, sums).items():
            if n:
                found[source][reason] = int(n)
    return found


def _last_runs(connection: Connection) -> dict[str, Any]:
    runs = schema.runs.c
    latest = select(runs.source, func.max(runs.started_at).label("at")).group_by(runs.source).subquery()
    same = (runs.source == latest.c.source) & (runs.started_at == latest.c.at)
    statement = select(runs.source, runs.started_at, runs.outcome).join(latest, same).order_by(runs.run_id)
    return {row.source: row for row in connection.execute(statement)}


def runs(ledger: Ledger, limit: int = 50) -> list[Run]:
    """List the latest runs, newest first."""
    table = schema.runs.c
    statement = select(*(table[name] for name in Run.model_fields)).order_by(table.started_at.desc(), table.run_id)
    with ledger.read() as connection:
        return [Run(**row) for row in connection.execute(statement.limit(limit)).mappings()]


def gaps(ledger: Ledger, limit: int = 200) -> list[OpenGap]:
    """List all gaps, the latest first, closed ones too."""
    table = schema.gaps.c
    statement = select(*(table[name] for name in OpenGap.model_fields)).order_by(table.id.desc()).limit(limit)
    with ledger.read() as connection:
        return [OpenGap(**row) for row in connection.execute(statement).mappings()]


def gap_counts(ledger: Ledger, start: datetime, end: datetime) -> list[tuple[str, str | None, int]]:
    """Count gaps by source: open at the end, and lost in between.

    An open one has the reason None.
    """
    table = schema.gaps.c
    still_open = (table.state == "open") & (table.at < end)
    lost = (table.state == "lost") & (table.at >= start) & (table.at < end)
    statement = select(table.source, table.closed_reason, func.count()).where(still_open | lost)
    with ledger.read() as connection:
        rows = connection.execute(statement.group_by(table.source, table.closed_reason)).all()
    return sorted(((source, reason, n) for source, reason, n in rows), key=lambda row: (row[0], row[1] or ""))
