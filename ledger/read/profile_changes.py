"""Query what administrators changed of the profile, and wanted collections."""

from datetime import datetime

from sqlalchemy import func, select

from core.config.overlay import ProfileChange
from core.records import Record, UtcDatetime
from ledger import schema
from ledger.database import Ledger

_changes = schema.profile_changes


def profile_changes(ledger: Ledger, profile: str, section: str | None = None, limit: int = 50) -> list[ProfileChange]:
    """Return the newest change of each section.

    With `section`: the changes of that section, newest first."""
    statement = select(_changes).where(_changes.c.profile == profile)
    if section is not None:
        statement = statement.where(_changes.c.section == section).order_by(_changes.c.revision.desc()).limit(limit)
    else:
        newest = select(_changes.c.section, func.max(_changes.c.revision).label("last"))
        last = newest.where(_changes.c.profile == profile).group_by(_changes.c.section).subquery()
        same = (last.c.section == _changes.c.section) & (last.c.last == _changes.c.revision)
        statement = statement.join(last, same).order_by(_changes.c.section)
    with ledger.read() as connection:
        rows = connection.execute(statement).all()
    return [ProfileChange(**{name: getattr(row, name) for name in ProfileChange.model_fields}) for row in rows]


def profile_change(ledger: Ledger, profile: str, section: str, revision: int) -> ProfileChange | None:
    """Return one change; None: there is none."""
    same = (_changes.c.profile == profile) & (_changes.c.section == section) & (_changes.c.revision == revision)
    with ledger.read() as connection:
        row = connection.execute(select(_changes).where(same)).one_or_none()
    if row is None:
        return None
    return ProfileChange(**{name: getattr(row, name) for name in ProfileChange.model_fields})


class CollectRequest(Record):
    """Hold the wish of a person that a source is collected soon."""

    source: str
    who: str
    at: UtcDatetime


def collect_requests(ledger: Ledger) -> list[CollectRequest]:
    """Return the wishes that no run has met yet, oldest first."""
    requests, runs = schema.collect_requests.c, schema.runs.c
    last = select(func.max(runs.started_at)).where(runs.source == requests.source).scalar_subquery()
    statement = select(requests.source, requests.who, requests.at, last.label("last")).order_by(requests.at)
    with ledger.read() as connection:
        rows = connection.execute(statement).all()
    return [
        CollectRequest(source=row.source, who=row.who, at=row.at) for row in rows if _is_later(row.at, row.last)
    ]


def _is_later(at: datetime, last: datetime | None) -> bool:
    return last is None or at > last
