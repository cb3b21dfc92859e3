"""Store the reports that staff ask for until they are written."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import func, select, update

from core.errors import ChangeRefusedError
from core.records import Json
from ledger import schema
from ledger.database import Ledger, insert
from ledger.database.writing import writing

WAITING, WRITTEN, FAILED = "waiting", "written", "failed"
KEPT = timedelta(days=30)
"""How long a request is kept after its end."""
_table = schema.report_requests


def add(ledger: Ledger, request_id: str, asked: str, language: str, typed: Mapping[str, str], most: int, now: datetime) -> str:
    """Store a request; return its id, or that of the same one.

    The same: of the same form, or for a report that waits already.

    Args:
        ledger: the open ledger.
        request_id: the same for a form that is sent again.
        asked: kind, filters and days, JSON.
        language: of the report.
        typed: the form, as it was typed.
        most: limit of the requests that wait.
        now: the time of the request.

    Raises:
        ChangeRefusedError: `most` requests wait.
    """
    row = {"id": request_id, "asked": asked, "language": language, "typed": dict(typed), "asked_at": now}
    waits = _table.c.state == WAITING
    is_same = waits & (_table.c.asked == asked) & (_table.c.language == language)
    with writing(ledger) as connection:
        same = select(_table.c.id).where((_table.c.id == request_id) | is_same)
        if (found := connection.execute(same.order_by(_table.c.asked_at)).scalars().first()) is not None:
            return str(found)
        if connection.execute(select(func.count()).where(waits)).scalar_one() >= most:
            raise ChangeRefusedError("Several reports are being written. Wait until one has ended, then ask again.")
        new = row | {"state": WAITING, "attempt": 0, "failure": {}, "changed_at": now}
        connection.execute(insert(connection, _table).values(new).on_conflict_do_nothing())
    return request_id


def forget_ended(ledger: Ledger, now: datetime) -> int:
    """Delete the requests that ended long ago; return how many."""
    ended = _table.delete().where(_table.c.state != WAITING, _table.c.changed_at < now - KEPT)
    with writing(ledger) as connection:
        return int(connection.execute(ended).rowcount)


def begin(ledger: Ledger, request_id: str, now: datetime) -> int:
    """Count an attempt at a waiting request; return which one it is.

    0: it does not wait any more. The caller holds its lease.
    """
    waits = (_table.c.id == request_id) & (_table.c.state == WAITING)
    with writing(ledger) as connection:
        values = {"attempt": _table.c.attempt + 1, "changed_at": now}
        if connection.execute(update(_table).where(waits).values(values)).rowcount != 1:
            return 0
        return int(connection.execute(select(_table.c.attempt).where(waits)).scalar_one())


def end(ledger: Ledger, request_id: str, failure: Json, now: datetime) -> None:
    """Note that a request has ended; an empty `failure`: written."""
    values = {"state": FAILED if failure else WRITTEN, "failure": failure, "changed_at": now}
    with writing(ledger) as connection:
        connection.execute(update(_table).where(_table.c.id == request_id).values(values))
