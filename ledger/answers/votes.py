"""Store replies to "was it solved?"; a "no" reopens the case."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from core.records import Record, UtcDatetime
from core.records.answer import GIVEN
from ledger import schema
from ledger.cases.history import entries as history
from ledger.cases.history.entries import ESCUCHA
from ledger.database import Ledger
from ledger.database.connection import insert
from ledger.database.writing import writing
from ledger.mapping import CHUNK

REPLY_WITHIN = timedelta(days=30)
"""A later message of the citizen is no reply any more."""
REOPENED = "opened again: the citizen says that it is not solved"
CLOSED = ("resolved", "rejected")
_votes = schema.solved_votes


class Reply(Record):
    """Hold a post that replies to an answer with the question."""

    post_id: str
    answer_key: str
    case_key: str
    at: UtcDatetime
    in_case: bool
    """The post is in a case already."""


def replies(ledger: Ledger, post_ids: Sequence[str]) -> list[Reply]:
    """Return which of these posts reply to "was it solved?".

    A reply is written by the citizen who was asked, in the same thread, within REPLY_WITHIN; it belongs to the last answer before it.
    """
    found: dict[str, Reply] = {}
    with ledger.read() as connection:
        for start in range(0, len(post_ids), CHUNK):
            found |= _replies(connection, post_ids[start : start + CHUNK])
    return list(found.values())


def _replies(connection: Connection, post_ids: Sequence[str]) -> dict[str, Reply]:
    posts, answers = schema.posts.c, schema.answers.c
    asked, member = schema.posts.alias("asked"), schema.case_posts.alias("member")
    of_thread = posts.thread == func.coalesce(asked.c.thread, asked.c.post_id)
    statement = (
        select(posts.post_id, answers.key, answers.case_key, answers.given_at, posts.received_at, member.c.case_key.label("own_case"))
        .join(asked, (asked.c.author == posts.author) & (asked.c.post_id != posts.post_id) & of_thread)
        .join(schema.answers, answers.post_id == asked.c.post_id)
        .join(member, member.c.post_id == posts.post_id, isouter=True)
        .where(posts.post_id.in_(post_ids), ~posts.own, answers.asks_solved, answers.state.in_(GIVEN))
        .where(answers.case_key.is_not(None), answers.given_at < posts.received_at)
        .order_by(posts.post_id, answers.given_at)
    )
    found = {}
    for row in connection.execute(statement):
        if row.received_at <= row.given_at + REPLY_WITHIN:  # the last answer before the reply wins
            found[row.post_id] = Reply(
                post_id=row.post_id, answer_key=row.key, case_key=row.case_key, at=row.received_at, in_case=row.own_case is not None
            )
    return found


def store_vote(ledger: Ledger, reply: Reply, solved: bool, now: datetime, reopen_within: timedelta) -> bool:
    """Store a vote; "not solved" reopens a case that was closed lately.

    Returns False when this vote was stored before. The vote of a merged case counts for the case it was merged into.

    Args:
        ledger: the open ledger.
        reply: the post that votes.
        solved: what it says.
        now: the time of the step.
        reopen_within: `[triage] reopen_days`, after the case was closed.
    """
    with writing(ledger) as connection:
        case = history.locked_case(connection, reply.case_key)
        if case.merged_into is not None:
            case = history.locked_case(connection, case.merged_into)
        row = {"post_id": reply.post_id, "answer_key": reply.answer_key, "case_key": case.case_key}
        added = insert(connection, _votes).values(**row, solved=solved, at=reply.at)
        changed = added.on_conflict_do_update(index_elements=["post_id"], set_={"solved": solved}, where=_votes.c.solved != solved)
        if connection.execute(changed.returning(_votes.c.post_id)).first() is None:
            return False
        if not solved and case.state in CLOSED:
            steps = schema.transitions.c
            closed = select(func.max(steps.at)).where(steps.case_key == case.case_key, steps.state.in_(CLOSED))
            closed_at = connection.execute(closed).scalar_one()
            if closed_at is not None and closed_at < reply.at <= closed_at + reopen_within:
                history.add_step(connection, case.case_key, "assigned", now, ESCUCHA, REOPENED)
    return True
