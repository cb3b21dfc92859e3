"""Query what administrators changed of the profile."""

from sqlalchemy import func, select

from core.config.overlay import ProfileChange
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
