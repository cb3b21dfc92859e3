"""Query answers of a case, of a post, or by state."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, func, select

from core.records.answer import Answer, AnswerState
from ledger import schema
from ledger.answers.states import STATE, answers_now
from ledger.database import Ledger

_table = schema.answers


def answers(
    ledger: Ledger,
    *,
    case_key: str | None = None,
    post_id: str | None = None,
    author: str | None = None,
    states: Sequence[AnswerState] = (),
) -> list[Answer]:
    """Return answers, oldest first.

    Args:
        ledger: the open ledger.
        case_key: only those of this case.
        post_id: only those of this post.
        author: only those to posts of this pseudonym.
        states: only those in these states; empty: all.
    """
    statement = answers_now()
    if case_key is not None:
        statement = statement.where(_table.c.case_key == case_key)
    if post_id is not None:
        statement = statement.where(_table.c.post_id == post_id)
    if author is not None:
        statement = statement.where(_table.c.post_id.in_(select(schema.posts.c.post_id).where(schema.posts.c.author == author)))
    if states:
        statement = statement.where(STATE.in_(states))
    with ledger.read() as connection:
        return [_answer(row) for row in connection.execute(statement.order_by(_table.c.at, _table.c.key))]


def count_drafts(ledger: Ledger) -> int:
    """Count the answers that wait for an approval."""
    with ledger.read() as connection:
        return int(connection.execute(select(func.count()).where(_table.c.state == "draft")).scalar_one())


def answer(ledger: Ledger, key: str) -> Answer | None:
    """Return one answer; None: there is none of this key."""
    with ledger.read() as connection:
        row = connection.execute(answers_now().where(_table.c.key == key)).one_or_none()
    return None if row is None else _answer(row)


def _answer(row: Row[Any]) -> Answer:
    return Answer(**{name: getattr(row, name) for name in Answer.model_fields})
