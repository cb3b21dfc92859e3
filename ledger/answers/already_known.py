"""Draft answers to posts that joined an open case, each once.

A post with any answer, also a rejected one, and a citizen with an answer in the same case get none.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, update

from core.records.answer import Answer
from core.records.case import OPEN
from core.records.post import EXAMPLE
from ledger import schema
from ledger.answers.answers import FLAGS, NEW
from ledger.cases.counts import is_copy
from ledger.cases.history.entries import ESCUCHA
from ledger.database import Ledger
from ledger.database.connection import insert
from ledger.database.writing import writing

KINDS = ("report", "request", "question")
_answers = schema.answers


def joined_posts(ledger: Ledger, since: datetime, limit: int) -> list[tuple[str, str]]:
    """Return posts that joined an open case, and their cases, oldest first.

    An earlier post of another citizen must be in the case. Posts of the city, spam, copies, archives and examples are left out.

    Args:
        ledger: the open ledger.
        since: posts received before are left out.
        limit: the most to return.
    """
    posts, cases, members, labels = schema.posts.c, schema.cases.c, schema.case_posts.c, schema.labels.c
    earlier, other = schema.posts.alias("earlier"), schema.case_posts.alias("other")
    others = (
        select(other.c.post_id)
        .join(earlier, earlier.c.post_id == other.c.post_id)
        .where(other.c.case_key == members.case_key, earlier.c.received_at < posts.received_at)
        .where(earlier.c.author != posts.author, ~earlier.c.own)
    )
    theirs = schema.posts.alias("theirs")
    answered = (
        select(_answers.c.key)
        .join(theirs, theirs.c.post_id == _answers.c.post_id, isouter=True)
        .where((_answers.c.post_id == posts.post_id) | _same_citizen(theirs))
    )
    statement = (
        select(posts.post_id, cases.case_key)
        .join(schema.case_posts, members.post_id == posts.post_id)
        .join(schema.cases, cases.case_key == members.case_key)
        .join(schema.labels, labels.post_id == posts.post_id)
        .where(cases.state.in_(sorted(OPEN)), ~cases.replay, cases.authors > 1)
        .where(posts.received_at >= since, ~posts.own, posts.author.is_not(None), posts.case_kind.in_(KINDS))
        .where(labels.spam.is_not(True), ~is_copy(), posts.replayed_from.is_(None))
        .where(~posts.source.startswith(EXAMPLE, autoescape=True), others.exists(), ~answered.exists())
        .order_by(posts.received_at, posts.post_id)
        .limit(limit)
    )
    with ledger.read() as connection:
        return [(row.post_id, row.case_key) for row in connection.execute(statement)]


def _same_citizen(theirs: Any) -> Any:
    posts, members = schema.posts.c, schema.case_posts.c
    of_case = (_answers.c.case_key == members.case_key) & (theirs.c.author == posts.author)
    return of_case & _answers.c.state.not_in(("rejected", "superseded"))


def store_drafts(ledger: Ledger, drafts: Sequence[Answer], now: datetime) -> int:
    """Store drafts of posts that have no answer yet; return how many."""
    with writing(ledger) as connection:
        return sum(_store(connection, one, now) for one in drafts)


def replace_draft(ledger: Ledger, key: str, new: Answer | None, now: datetime) -> bool:
    """Supersede a draft whose case has changed, and store the new one.

    The text of a draft never changes: a person may be reading it. Returns False when a person decided on it meanwhile.
    """
    with writing(ledger) as connection:
        still = (_answers.c.key == key) & (_answers.c.state == "draft")
        gone = update(_answers).where(still).values(state="superseded").returning(_answers.c.key)
        if connection.execute(gone).first() is None:
            return False
        if new is not None:
            _insert(connection, new, now)
    return True


def _store(connection: Connection, draft: Answer, now: datetime) -> int:
    posts = schema.posts.c
    locked = select(posts.post_id).where(posts.post_id == draft.post_id).with_for_update()
    known = connection.execute(locked).first() is not None
    answered = select(_answers.c.key).where(_answers.c.post_id == draft.post_id)
    if not known or connection.execute(answered).first() is not None:
        return 0
    _insert(connection, draft, now)
    return 1


def _insert(connection: Connection, draft: Answer, now: datetime) -> None:
    columns = ("key", "batch", "case_key", "post_id", "channel", "language", "text", "origin", *FLAGS)
    row = {name: getattr(draft, name) for name in columns} | NEW | {"who": ESCUCHA, "at": now}
    connection.execute(insert(connection, _answers).values(**row).on_conflict_do_nothing())
