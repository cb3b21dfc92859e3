"""Remember which steps of the set-up administrators left out for now."""

from datetime import datetime

from sqlalchemy import delete

from ledger import schema
from ledger.cases.history import entries as history
from ledger.database import Ledger
from ledger.database.connection import insert
from ledger.database.writing import writing

_table = schema.setup_skips


def skip(ledger: Ledger, profile: str, step: str, who: str, now: datetime) -> bool:
    """Leave a step out, with an audit entry.

    Returns False when it is left out already: the first person stays named.
    """
    with writing(ledger) as connection:
        row = insert(connection, _table).values(profile=profile, step=step, who=who, at=now)
        if connection.execute(row.on_conflict_do_nothing().returning(_table.c.step)).first() is None:
            return False
        history.audit(connection, who, "skip set-up step", step, "", now)
    return True


def resume(ledger: Ledger, profile: str, step: str, who: str, now: datetime) -> bool:
    """Take a step up again, with an audit entry.

    Returns False when it is not left out.
    """
    with writing(ledger) as connection:
        same = (_table.c.profile == profile) & (_table.c.step == step)
        if not connection.execute(delete(_table).where(same)).rowcount:
            return False
        history.audit(connection, who, "resume set-up step", step, "", now)
    return True
