"""Query answers of a case, of a post, or by state."""

from collections.abc import Sequence

from sqlalchemy import exists, or_, select

from core.records.answer import GIVEN, Answer, AnswerState
from core.records.read_models import CaseRecord
from ledger import schema
from ledger.database import Ledger
from ledger.delivery.answers import answer_of

_table = schema.answers


def answers(
    ledger: Ledger, *, case_key: str | None = None, post_id: str | None = None, states: Sequence[AnswerState] = ()
) -> list[Answer]:
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


def was_answered(ledger: Ledger, case: CaseRecord) -> bool:
    """Tell whether an answer stopped the answer clock of a case.

    One that was delivered, published or copied, or that a person recorded. False: it was closed without one, or still waits. Of a merged
    case also an answer of the case it was merged into.
    """
    if case.answered_at is None:
        return False
    cases, steps = schema.cases.c, schema.transitions.c
    there = select(cases.merged_into).where(cases.case_key == case.case_key, cases.state == "merged")
    told = exists().where(
        or_(steps.case_key == case.case_key, steps.case_key.in_(there)),
        steps.state == "answered",
        steps.at <= case.answered_at,
    )
    given = exists().where(
        or_(_table.c.case_key == case.case_key, _table.c.case_key.in_(there)),
        _table.c.state.in_(GIVEN), ~_table.c.asks, ~_table.c.acknowledges, _table.c.given_at <= case.answered_at,
    )  # fmt: skip
    with ledger.read() as connection:
        return bool(connection.execute(select(or_(told, given))).scalar_one())
