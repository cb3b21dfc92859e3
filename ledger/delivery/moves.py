"""Tell the ticket of a case its new service or department.

A person chose it, or corrected a label of its posts. An outbox delivery of the kind `move`, without posts. Its note key is made of the
case and of a mark of the change.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, select

from core.records.case import CASEBOOK
from ledger import schema

KIND = "move"
_table, _cases = schema.deliveries, schema.cases


def enqueue_move(connection: Connection, case: Row[Any], mark: str, now: datetime) -> None:
    """Enqueue the new service of a locked case for its ticket.

    `mark` is of this change alone: its revision, or the version of the case.

    A delivery that was never tried is sent with the service of that moment, so no second one is made.
    """
    if case.system == CASEBOOK:
        return
    untried = (_table.c.state == "pending") & (_table.c.attempt == 0) & _table.c.kind.in_(("open", KIND))
    # Locked: a worker that claims it at the same moment would send the former service.
    waiting = select(_table.c.id).where(_table.c.case_key == case.case_key, untried).with_for_update()
    if connection.execute(waiting).first() is not None:
        return
    row = {"case_key": case.case_key, "system": case.system, "kind": KIND, "state": "pending", "attempt": 0}
    row |= {"note_key": f"{case.case_key}.{KIND}.{mark}", "made_at": now, "changed_at": now}
    connection.execute(_table.insert(), row)


def department_is_known() -> ColumnElement[bool]:
    """Tell whether the vote after a choice of service is done.

    Until then the case is with its former department. A merged case, and one without posts, has no further vote.
    """
    posts = schema.case_posts.c
    voters = select(posts.post_id).where(posts.case_key == _cases.c.case_key).exists()
    return ~(_cases.c.vote_due & (_cases.c.state != "merged") & voters)
