"""Stretches of a source that were not read: written down with the page that made them, closed when they were filled."""

from datetime import datetime

from sqlalchemy import Connection, select, update

from core.fact import Fact, Moment
from core.page import Gap
from ledger import schema
from ledger.open import Ledger


class OpenGap(Fact):
    """A gap as it stands in the ledger."""

    id: int
    source: str
    stream: str
    newer_than: str | None
    older_than: str | None
    reason: str
    state: str
    """open, or how it was closed: filled, lost ..."""
    at: Moment


def note_gap(connection: Connection, source: str, run_id: str, gap: Gap, now: datetime) -> None:
    """Write a gap down; one that is open already is brought up to date, however many runs it takes to fill."""
    gaps, found = schema.gaps, gap.model_dump()
    same = (gaps.c.source == source, gaps.c.stream == gap.stream, gaps.c.state == "open", gaps.c.reason == gap.reason)
    beginning = gaps.c.newer_than.is_(None) if gap.newer_than is None else gaps.c.newer_than == gap.newer_than
    again = connection.execute(update(gaps).where(*same, beginning).values(older_than=gap.older_than))
    if again.rowcount == 0:
        connection.execute(gaps.insert(), found | {"source": source, "run_id": run_id, "state": "open", "at": now})


def open_gaps(ledger: Ledger, source: str | None = None) -> list[OpenGap]:
    """The gaps that nobody has filled, oldest first; of one source or of all."""
    gaps = schema.gaps.c
    statement = select(*(gaps[name] for name in OpenGap.model_fields)).where(gaps.state == "open").order_by(gaps.id)
    if source is not None:
        statement = statement.where(gaps.source == source)
    with ledger.read() as connection:
        return [OpenGap(**row) for row in connection.execute(statement).mappings()]


def close_gap(ledger: Ledger, gap_id: int, state: str, now: datetime) -> None:
    """Say what became of a gap: `filled`, or `lost` when the network no longer gives it."""
    gaps = schema.gaps
    with ledger.write() as connection:
        connection.execute(
            update(gaps).where(gaps.c.id == gap_id, gaps.c.state == "open").values(state=state, closed_at=now)
        )
