"""Track gaps: ranges of a source that were not collected.

A gap is stored with the page that made it, and closed when it was filled or given up.
"""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Update, select, update

from core.records import Record, UtcDatetime
from core.records.collection import Gap
from ledger import schema
from ledger.database import Ledger
from ledger.database.writing import writing

OUT_OF_REACH = frozenset({"look_back"})
"""Reasons of gaps that can never be filled: they are lost from the beginning."""
NOT_ASKED, RETENTION = "not_asked", "retention"
"""Why a gap was given up: its stream is no longer in the profile; it is older than the retention."""


class OpenGap(Record):
    """Hold a gap as stored in the ledger."""

    id: int
    source: str
    stream: str
    newer_than: str | None
    older_than: str | None
    reason: str
    state: str
    """open, filled, lost."""
    at: UtcDatetime
    closed_reason: str | None
    """Of a lost gap: why it will never be filled."""


def note_gap(connection: Connection, source: str, run_id: str, gap: Gap, now: datetime) -> None:
    """Store a gap, or update the known one that a run fills."""
    gaps, found = schema.gaps, gap.model_dump()
    lost = gap.reason in OUT_OF_REACH
    state = "lost" if lost else "open"
    same = (gaps.c.source == source, gaps.c.stream == gap.stream, gaps.c.state == state)
    # Paging from the newest down keeps its lower end, from the oldest up its upper end.
    end = _equal("newer_than", gap.newer_than) | _equal("older_than", gap.older_than)
    if connection.execute(update(gaps).where(*same, end).values(found)).rowcount == 0:
        closing = {"closed_at": now, "closed_reason": gap.reason} if lost else {}
        row = {"source": source, "run_id": run_id, "state": state, "at": now}
        connection.execute(gaps.insert(), found | row | closing)


def _equal(name: str, value: str | None) -> ColumnElement[bool]:
    column: ColumnElement[str] = schema.gaps.c[name]
    return column.is_(None) if value is None else column == value


def fill_gaps(connection: Connection, source: str, streams: Collection[str], now: datetime) -> None:
    """Close the gaps of these streams as filled."""
    connection.execute(_open_in(source, streams).values(state="filled", closed_at=now))


def drop_gaps(connection: Connection, source: str, streams: Collection[str], now: datetime) -> None:
    """Close the gaps of streams that are no longer in the profile."""
    connection.execute(_open_in(source, streams).values(state="lost", closed_reason=NOT_ASKED, closed_at=now))


def _open_in(source: str, streams: Collection[str]) -> Update:
    gaps = schema.gaps.c
    return update(schema.gaps).where(gaps.source == source, gaps.stream.in_(streams), gaps.state == "open")


def give_up_gaps(ledger: Ledger, before: datetime, now: datetime) -> int:
    """Close gaps open since before this moment as lost; return how many.

    Their posts would be older than the retention.
    """
    gaps = schema.gaps
    old = update(gaps).where(gaps.c.state == "open", gaps.c.at < before)
    with writing(ledger) as connection:
        return connection.execute(old.values(state="lost", closed_reason=RETENTION, closed_at=now)).rowcount


def open_gaps(ledger: Ledger, source: str | None = None) -> list[OpenGap]:
    """List the open gaps, oldest first; of one source or of all."""
    gaps = schema.gaps.c
    statement = select(*(gaps[name] for name in OpenGap.model_fields)).where(gaps.state == "open").order_by(gaps.id)
    if source is not None:
        statement = statement.where(gaps.source == source)
    with ledger.read() as connection:
        return [OpenGap(**row) for row in connection.execute(statement).mappings()]
