"""Store what became of an answer in the outbox.

    approved -> sent (url; on the page of a report: no address)
    approved -> draft (its known answer is out of use: a person decides again)

What is refused, or may have arrived, is a state of its message alone (`ledger.answers.states`).
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select, update

from core.records import Record
from core.records.outbox import OutboxRow, OutboxState
from ledger import schema
from ledger.answers import answers as drafts
from ledger.cases.history import entries as history
from ledger.database import Ledger
from ledger.database.writing import writing

_table = schema.answers


class AnsweredPost(Record):
    """Hold the post that an answer is for."""

    origin: str
    """Its sealed native id and address."""
    thread: str | None
    text: str


def answered_post(ledger: Ledger, post_id: str) -> AnsweredPost | None:
    """Return the post that an answer is for.

    None: it was erased, or its address is not known.
    """
    posts, origins = schema.posts.c, schema.origins
    statement = select(posts.text, posts.thread, origins.c.origin).join(origins, origins.c.post_id == posts.post_id)
    with ledger.read() as connection:
        row = connection.execute(statement.where(posts.post_id == post_id)).one_or_none()
    return None if row is None else AnsweredPost(origin=row.origin, thread=row.thread, text=row.text)


def record(connection: Connection, message: OutboxRow, state: OutboxState, reason: str, url: str | None, now: datetime) -> None:
    """Store the outcome of a message with its answer.

    A sent one stops the clock of its case; one that is not wanted any more becomes a draft. An answer that is not approved any more stays.
    """
    row = drafts.locked_answer(connection, message.subject)
    if row.approved_by is None or row.given_at is not None or not row.text:
        return
    if state == "sent":
        connection.execute(update(_table).where(_table.c.key == row.key).values(state="sent", url=url, given_at=now, reason=""))
        drafts.stop_clock(connection, row, now, str(row.approved_by))
    elif state == "withdrawn":
        _make_draft(connection, row, reason, now)


def return_unsent(ledger: Ledger, key: str, reason: str, now: datetime) -> bool:
    """Make an approved answer that was never tried a draft again.

    It needs another approval; the approver reads the reason. False: its state changed meanwhile.
    """
    with writing(ledger) as connection:
        row = drafts.locked_answer(connection, key)
        if row.state != "approved" or row.attempt:
            return False
        _make_draft(connection, row, reason, now)
        drafts.recall(connection, key, reason, now)
        return True


def _make_draft(connection: Connection, row: Row[Any], reason: str, now: datetime) -> None:
    said = f"approved by {row.approved_by} and not sent: {reason}"
    draft = {"state": "draft", "approved_by": None, "approved_at": None, "reason": said}
    connection.execute(update(_table).where(_table.c.key == row.key).values(**draft))
    history.audit(connection, history.ESCUCHA, "return answer", row.post_id, said, now)
