"""Query answers of a case, of a post, or by state."""

from collections.abc import Sequence

from sqlalchemy import select

from core.records.answer import Answer, AnswerState
from ledger import schema
from ledger.database import Ledger
from ledger.delivery.answers import answer_of

_table = schema.answers


def answers(ledger: Ledger, *, case_key: str | None = None, post_id: str | None = None, states: Sequence[AnswerState] = ()) -> list[Answer]:
    """Return answers, oldest first.

    Args:
        ledger: the open ledger.
        case_key: only those of this case.
        post_id: only those of this post.
        states: only those in these states; empty: all.
    """
    statement = select(_table)
    if case_key is not None:
        statement = statement.where(_table.c.case_key == case_key)
    if post_id is not None:
        statement = statement.where(_table.c.post_id == post_id)
    if states:
        statement = statement.where(_table.c.state.in_(states))
    with ledger.read() as connection:
        return [answer_of(row) for row in connection.execute(statement.order_by(_table.c.at, _table.c.key))]


def answer(ledger: Ledger, key: str) -> Answer | None:
    """Return one answer; None: there is none of this key."""
    with ledger.read() as connection:
        row = connection.execute(select(_table).where(_table.c.key == key)).one_or_none()
    return None if row is None else answer_of(row)
