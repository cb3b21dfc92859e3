"""Stretches of a source that were not read: written down with the page that made them, closed when they were filled or given up."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Update, select, update

from core.collection import Gap
from core.records import Record, UtcDatetime
from ledger import schema
from ledger.database import Ledger

OUT_OF_REACH = frozenset({"look_back"})
"""Reasons of gaps that the network will never give: they are lost from the beginning."""
NOT_ASKED, RETENTION = "not_asked", "retention"
"""Why a gap was given up: its stream stands in the profile no more; it is older than posts are kept."""


class OpenGap(Record):
    """A gap as it stands in the ledger."""

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
    """Of a lost one: why nobody will ever read it."""


def note_gap(connection: Connection, source: str, run_id: str, gap: Gap, now: datetime) -> None:
    """Write a gap down; one that is known already is brought up to date, however many runs it takes to fill."""
    gaps, found = schema.gaps, gap.model_dump()
    lost = gap.reason in OUT_OF_REACH
    state = "lost" if lost else "open"
    same = (gaps.c.source == source, gaps.c.stream == gap.stream, gaps.c.state == state)
    # A read from the newest down keeps its lower end, one from the oldest up its upper end.
    end = _equal("newer_than", gap.newer_than) | _equal("older_than", gap.older_than)
    if connection.execute(update(gaps).where(*same, end).values(found)).rowcount == 0:
        closing = {"closed_at": now, "closed_reason": gap.reason} if lost else {}
        row = {"source": source, "run_id": run_id, "state": state, "at": now}
        connection.execute(gaps.insert(), found | row | closing)


def _equal(name: str, value: str | None) -> ColumnElement[bool]:
    column: ColumnElement[str] = schema.gaps.c[name]
    return column.is_(None) if value is None else column == value


def fill_gaps(connection: Connection, source: str, streams: Collection[str], now: datetime) -> None:
    """All of what was missing in these streams is read now."""
    connection.execute(_open_in(source, streams).values(state="filled", closed_at=now))


def drop_gaps(connection: Connection, source: str, streams: Collection[str], now: datetime) -> None:
    """Nobody asks for these streams any more."""
    connection.execute(_open_in(source, streams).values(state="lost", closed_reason=NOT_ASKED, closed_at=now))


def _open_in(source: str, streams: Collection[str]) -> Update:
    gaps = schema.gaps.c
    return update(schema.gaps).where(gaps.source == source, gaps.stream.in_(streams), gaps.state == "open")


def give_up_gaps(ledger: Ledger, before: datetime, now: datetime) -> int:
    """Give up what has been missing since before this moment: its posts would be too old to keep. How many there were."""
    gaps = schema.gaps
    old = update(gaps).where(gaps.c.state == "open", gaps.c.at < before)
    with ledger.write() as connection:
        return connection.execute(old.values(state="lost", closed_reason=RETENTION, closed_at=now)).rowcount


def open_gaps(ledger: Ledger, source: str | None = None) -> list[OpenGap]:
    """The gaps that nobody has filled, oldest first; of one source or of all."""
    gaps = schema.gaps.c
    statement = select(*(gaps[name] for name in OpenGap.model_fields)).where(gaps.state == "open").order_by(gaps.id)
    if source is not None:
        statement = statement.where(gaps.source == source)
    with ledger.read() as connection:
        return [OpenGap(**row) for row in connection.execute(statement).mappings()]
