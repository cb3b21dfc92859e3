"""Query what citizens replied to answers that asked them for something."""

from collections.abc import Sequence

from sqlalchemy import select

from core.records import Record, UtcDatetime
from core.records.answer import GIVEN, Answer
from ledger import schema
from ledger.database import Ledger

REPLIES_SHOWN = 5
"""Replies returned for each answer, the first ones: the others are posts of the case."""


class CitizenReply(Record):
    """Hold one redacted message of a citizen after such an answer."""

    post_id: str
    at: UtcDatetime
    text: str


def citizen_replies(ledger: Ledger, answers: Sequence[Answer]) -> dict[str, list[CitizenReply]]:
    """Return the first replies to each asking answer, oldest first.

    A reply is a later post in the thread of the post that was answered. It is found as soon as it is stored, before it is triaged.
    Answers that ask nothing, were not given, or whose post was erased have none.
    """
    posts, asked = schema.posts.c, schema.posts.alias("asked").c
    found: dict[str, list[CitizenReply]] = {}
    with ledger.read() as connection:
        for one in answers:
            if not one.asks or one.state not in GIVEN or one.given_at is None:
                continue
            thread = select(asked.thread).where(asked.post_id == one.post_id).scalar_subquery()
            statement = (
                select(posts.post_id, posts.received_at.label("at"), posts.text)
                .where(posts.thread.in_([one.post_id, thread]), ~posts.own, posts.received_at > one.given_at)
                .order_by(posts.received_at, posts.post_id)
                .limit(REPLIES_SHOWN)
            )
            found[one.key] = [CitizenReply(**row) for row in connection.execute(statement).mappings()]
    return found
