"""Query what citizens were asked back, and when they replied."""

from collections import defaultdict
from datetime import datetime

from sqlalchemy import Connection, func, select, union_all

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
        select(_answers.case_key, _answers.batch, _answers.key, _answers.given_at)
        .join(schema.cases, schema.cases.c.case_key == _answers.case_key)
        .where(_answers.asks, _answers.state.in_(GIVEN), _answers.given_at.is_not(None))
        .where(schema.cases.c.state.in_(sorted(WAITING)))
        .order_by(_answers.given_at, _answers.key)
    )
    asked: dict[tuple[str, str], list[tuple[datetime, datetime | None]]] = defaultdict(list)
    with ledger.read() as connection:
        replied = _first_replies(connection)
        for row in connection.execute(statement).all():
            asked[row.case_key, row.batch].append((row.given_at, replied.get(row.key)))
    found: dict[str, list[Asking]] = defaultdict(list)
    for (case_key, _batch), each in asked.items():
        first = min((reply for _, reply in each if reply is not None), default=None)
        found[case_key].append(Asking(asked_at=each[0][0], replied_at=first))
    return dict(found)


def _first_replies(connection: Connection) -> dict[str, datetime]:
    """Return when the citizens replied, by key of the answer.

    Without those who did not yet, and those whose post was erased. Two queries, each by an index: one with "or" read all posts.
    """
    reply, links = schema.posts.alias("reply"), schema.case_posts.c
    later = ~reply.c.own & (reply.c.received_at > _answers.given_at)
    asking = (
        select(_answers.key, func.min(reply.c.received_at))
        .select_from(schema.answers)
        .join(schema.cases, schema.cases.c.case_key == _answers.case_key)
        .join(schema.posts, _posts.post_id == _answers.post_id)
        .where(_answers.asks, _answers.state.in_(GIVEN), schema.cases.c.state.in_(sorted(WAITING)))
        .group_by(_answers.key)
    )
    in_thread = asking.join(reply, (reply.c.thread == func.coalesce(_posts.thread, _posts.post_id)) & later)
    in_case = asking.join(schema.case_posts, links.case_key == _answers.case_key)
    in_case = in_case.join(reply, (reply.c.post_id == links.post_id) & (reply.c.author == _posts.author) & later)
    found: dict[str, datetime] = {}
    for key, at in connection.execute(union_all(in_thread, in_case)).tuples():
        found[key] = min(at, found.get(key, at))
    return found
