"""Store the scheduler's heartbeat, and return how sources ran."""

from datetime import datetime

from sqlalchemy import func, select

from ledger import schema
from ledger.database import Ledger, insert
from ledger.database.writing import writing

BEAT, WORKER_BEAT = "scheduler_beat", "worker_beat"


def beat(ledger: Ledger, now: datetime) -> None:
    """Store that the scheduler ran a task at this moment."""
    _put(ledger, BEAT, now.isoformat())


def last_beat(ledger: Ledger) -> datetime | None:
    """Return the last heartbeat; None before the first."""
    found = _get(ledger, BEAT)
    return None if found is None else datetime.fromisoformat(found)


def worker_beat(ledger: Ledger, now: datetime) -> None:
    """Store that a worker annotated, or had nothing to annotate."""
    _put(ledger, WORKER_BEAT, now.isoformat())


def last_worker_beat(ledger: Ledger) -> datetime | None:
    """Return when a worker last annotated; None before the first time."""
    found = _get(ledger, WORKER_BEAT)
    return None if found is None else datetime.fromisoformat(found)


def last_runs(ledger: Ledger) -> dict[str, datetime]:
    """Return when the newest run of each source began."""
    runs = schema.runs.c
    with ledger.read() as connection:
        newest = select(runs.source, func.max(runs.started_at)).group_by(runs.source)
        return dict(connection.execute(newest).tuples().all())


def last_outcomes(ledger: Ledger) -> dict[str, tuple[datetime, str]]:
    """Return when the newest finished run of each source ended, and how.

    A run that still goes on, or was killed, has no outcome.
    """
    runs = schema.runs.c
    newest = select(runs.source, func.max(runs.ended_at).label("at")).group_by(runs.source).subquery()
    same = (runs.source == newest.c.source) & (runs.ended_at == newest.c.at)
    with ledger.read() as connection:
        rows = connection.execute(select(runs.source, runs.ended_at, runs.outcome).join(newest, same)).all()
    return {row.source: (row.ended_at, row.outcome) for row in rows}


def _put(ledger: Ledger, name: str, value: str) -> None:
    with writing(ledger) as connection:
        statement = insert(connection, schema.meta).values(name=name, value=value)
        renewed = {"value": statement.excluded.value}
        connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_=renewed))


def _get(ledger: Ledger, name: str) -> str | None:
    meta = schema.meta.c
    with ledger.read() as connection:
        found: str | None = connection.execute(select(meta.value).where(meta.name == name)).scalar_one_or_none()
    return found
