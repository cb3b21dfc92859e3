"""Query what citizens were asked back, and when they replied."""

from collections import defaultdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select

from core.records import Record, UtcDatetime
from core.records.answer import GIVEN
from core.records.case import WAITING
from ledger import schema
from ledger.database import Ledger

_posts, _answers = schema.posts.c, schema.answers.c


class Asking(Record):
    """Hold one question to citizens of a case that waits."""

    asked_at: UtcDatetime
    replied_at: UtcDatetime | None
    """The first reply of any citizen who was asked; None: none yet."""


def askings(ledger: Ledger) -> dict[str, list[Asking]]:
    """Return what citizens of waiting cases were asked, by case key.

    A reply is a later post in the thread of the post that was answered, or one by its author in the same case.
    """
    statement = (
        select(_answers.case_key, _answers.batch, _answers.post_id, _answers.given_at)
        .join(schema.cases, schema.cases.c.case_key == _answers.case_key)
        .where(_answers.asks, _answers.state.in_(GIVEN), _answers.given_at.is_not(None))
        .where(schema.cases.c.state.in_(sorted(WAITING)))
        .order_by(_answers.given_at, _answers.key)
    )
    asked: dict[tuple[str, str], list[tuple[datetime, datetime | None]]] = defaultdict(list)
    with ledger.read() as connection:
        for row in connection.execute(statement).all():
            asked[row.case_key, row.batch].append((row.given_at, _replied_at(connection, row)))
    found: dict[str, list[Asking]] = defaultdict(list)
    for (case_key, _batch), each in asked.items():
        replied = min((reply for _, reply in each if reply is not None), default=None)
        found[case_key].append(Asking(asked_at=each[0][0], replied_at=replied))
    return dict(found)


def _replied_at(connection: Connection, asking: Row[Any]) -> datetime | None:
    """Return when the citizen replied to one answer.

    None: not yet, or the post was erased.
    """
    statement = select(_posts.author, _posts.thread, _posts.post_id).where(_posts.post_id == asking.post_id)
    asked = connection.execute(statement).one_or_none()
    if asked is None:
        return None
    in_case = select(schema.case_posts.c.post_id).where(schema.case_posts.c.case_key == asking.case_key)
    is_reply = _posts.thread == (asked.thread or asked.post_id)
    if asked.author is not None:
        is_reply |= (_posts.author == asked.author) & _posts.post_id.in_(in_case)
    later = select(func.min(_posts.received_at)).where(is_reply, ~_posts.own, _posts.received_at > asking.given_at)
    found: datetime | None = connection.execute(later).scalar_one()
    return found
