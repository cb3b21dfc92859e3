"""When the scheduler last showed that it lives, and which silence of it was told."""

from datetime import datetime

from sqlalchemy import delete, func, select

from ledger import schema
from ledger.database import Ledger
from ledger.database.upsert import insert

BEAT, TOLD = "scheduler_beat", "scheduler_silence_told"


def beat(ledger: Ledger, now: datetime) -> None:
    """Write down that the scheduler ran a task at this moment."""
    _put(ledger, BEAT, now.isoformat())


def last_beat(ledger: Ledger) -> datetime | None:
    """Return when it last did; None before the first time."""
    found = _get(ledger, BEAT)
    return None if found is None else datetime.fromisoformat(found)


def last_runs(ledger: Ledger) -> dict[str, datetime]:
    """Return when the newest run of each source began."""
    runs = schema.runs.c
    with ledger.read() as connection:
        newest = select(runs.source, func.max(runs.started_at)).group_by(runs.source)
        return dict(connection.execute(newest).tuples().all())


def note_told(ledger: Ledger, words: str) -> None:
    """Remember that this silence was told."""
    _put(ledger, TOLD, words)


def reported_silence(ledger: Ledger) -> str | None:
    """Return the silence that was told and is not over yet; None when there is none."""
    return _get(ledger, TOLD)


def forget_told(ledger: Ledger) -> None:
    """Remember that its end was told too."""
    with ledger.write() as connection:
        connection.execute(delete(schema.meta).where(schema.meta.c.name == TOLD))


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
