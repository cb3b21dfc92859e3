"""Store the scheduler's heartbeat, and which outage was reported."""

from datetime import datetime

from sqlalchemy import delete, func, select

from ledger import schema
from ledger.database import Ledger, insert

BEAT, WORKER_BEAT, REPORTED = "scheduler_beat", "worker_beat", "scheduler_outage_reported"


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


def note_reported(ledger: Ledger, description: str) -> None:
    """Store that this outage was reported."""
    _put(ledger, REPORTED, description)


def reported_outage(ledger: Ledger) -> str | None:
    """Return the outage that was reported and is not over, or None."""
    return _get(ledger, REPORTED)


def clear_reported(ledger: Ledger) -> None:
    """Store that the end of the outage was reported too."""
    with ledger.write() as connection:
        connection.execute(delete(schema.meta).where(schema.meta.c.name == REPORTED))


def _put(ledger: Ledger, name: str, value: str) -> None:
    with ledger.write() as connection:
        statement = insert(connection, schema.meta).values(name=name, value=value)
        renewed = {"value": statement.excluded.value}
        connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_=renewed))


def _get(ledger: Ledger, name: str) -> str | None:
    meta = schema.meta.c
    with ledger.read() as connection:
        found: str | None = connection.execute(select(meta.value).where(meta.name == name)).scalar_one_or_none()
    return found
