"""Close tickets of merged cases, and reopen them after an undo.

Both are deliveries of the outbox without posts, of the kinds `merge` and `unmerge`. Their note key names the merge: the key of the other
case and its revision.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, or_, select

from ledger import schema
from ledger.delivery import moves

KINDS = ("merge", "unmerge")
IN_ORDER = (*KINDS, moves.KIND)
UNFINISHED = ("pending", "sending", "unknown")
_table = schema.deliveries


def enqueue_merge(connection: Connection, case: Row[Any], into: str, revision: int, now: datetime) -> None:
    """Enqueue the closing of the ticket of a merged case."""
    _enqueue(connection, case, "merge", f"{into}.{revision}", now)


def enqueue_unmerge(connection: Connection, case: Row[Any], into: str, revision: int, now: datetime) -> None:
    """Enqueue the reopening of a ticket.

    A closing that was never tried is withdrawn instead.
    """
    this = (_table.c.case_key == case.case_key) & (_table.c.kind == "merge") & (_table.c.note_key == f"{into}.{revision}")
    untried = (_table.c.state == "pending") & (_table.c.attempt == 0)
    if connection.execute(_table.delete().where(this, untried)).rowcount:
        return
    if connection.execute(select(_table.c.id).where(this)).first() is not None:
        _enqueue(connection, case, "unmerge", f"{into}.{revision}", now)


def merged_with(note_key: str) -> str:
    """Return the key of the other case.

    >>> merged_with("C-20261124-ab.12")
    'C-20261124-ab'
    """
    return note_key.rpartition(".")[0]


def has_unfinished(case_key: ColumnElement[str]) -> ColumnElement[bool]:
    """Tell whether the case's ticket has an unfinished closing or reopening."""
    one = _table.alias()
    mine = (one.c.case_key == case_key) & one.c.kind.in_(KINDS) & one.c.state.in_(UNFINISHED)
    return select(one.c.id).where(mine).exists()


def comes_next() -> ColumnElement[bool]:
    """Tell whether the ticket has no earlier unfinished closing, reopening or move."""
    one = _table.alias()
    earlier = (one.c.case_key == _table.c.case_key) & (one.c.id < _table.c.id)
    blocking = select(one.c.id).where(earlier, one.c.kind.in_(IN_ORDER), one.c.state.in_(UNFINISHED)).exists()
    return or_(_table.c.kind.not_in(IN_ORDER), ~blocking)


def _enqueue(connection: Connection, case: Row[Any], kind: str, note_key: str, now: datetime) -> None:
    row = {"case_key": case.case_key, "system": case.system, "kind": kind, "note_key": note_key, "state": "pending"}
    connection.execute(_table.insert(), row | {"attempt": 0, "made_at": now, "changed_at": now})
