"""Store what administrators change of the profile.

Every change is kept. One made from an older revision of its section is refused, so that two people never overwrite each other.
"""

from sqlalchemy import Connection, func, select

from core.config.overlay import ProfileChange
from core.errors import StaleError
from ledger import schema
from ledger.cases.history import entries as history
from ledger.database import Ledger
from ledger.database.connection import insert
from ledger.database.writing import writing

SECTION_CHANGED = "These settings were changed since you opened them. Nothing of yours was saved yet."
_table = schema.profile_changes


def store_change(ledger: Ledger, change: ProfileChange, what: str, details: str) -> bool:
    """Store the next revision of a section, and its audit entry.

    Returns False when this very change is stored already (a form sent twice).

    Args:
        ledger: the open ledger.
        change: its `revision` is the one that the person looked at, plus 1.
        what: what the audit calls it, such as "change settings".
        details: old and new values, and the reason, for the audit.

    Raises:
        StaleError: the section has another revision by now.
    """
    with writing(ledger) as connection:
        row = change.model_dump(mode="json") | {"at": change.at}
        added = insert(connection, _table).values(**row).on_conflict_do_nothing().returning(_table.c.id)
        is_next = _newest(connection, change) == change.revision - 1
        if not is_next or connection.execute(added).first() is None:
            if _is_repeated(connection, change):
                return False
            raise StaleError(SECTION_CHANGED)
        history.audit(connection, change.who, what, change.section, details, change.at)
    return True


def _newest(connection: Connection, change: ProfileChange) -> int:
    same = (_table.c.profile == change.profile) & (_table.c.section == change.section)
    return int(connection.execute(select(func.max(_table.c.revision)).where(same)).scalar_one() or 0)


def _is_repeated(connection: Connection, change: ProfileChange) -> bool:
    same = (_table.c.profile == change.profile) & (_table.c.section == change.section)
    row = connection.execute(select(_table).where(same & (_table.c.revision == change.revision))).one_or_none()
    return row is not None and (row.patch, row.who) == (change.patch, change.who)
