"""Send approved answers once: claim each and record its outcome.

    approved -> sending (claimed by a worker) -> sent (url), unknown (no response), refused (reason)
    approved -> sending -> sent (published on the page of the report: no address, and no outcome is unknown)
    approved, sending -> draft (its known answer is out of use: a person decides again)

An answer whose lease ended may have been sent: it is claimed again as `unknown`, and looked up on the network first.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Row, select, update

from core.records import Record
from core.records.answer import Answer
from ledger import schema
from ledger.answers import answers as drafts
from ledger.cases.history import entries as history
from ledger.database import Ledger
from ledger.database.writing import writing

SendOutcome = Literal["unknown", "refused", "approved"]
UNKNOWN_WAITS = timedelta(minutes=2)
"""How long after an unknown outcome the network is asked: sooner, an accepted answer may not show yet."""
_table = schema.answers


class Leaving(Record):
    """Hold one approved answer that a worker sends."""

    answer: Answer
    attempt: int
    origin: str
    """The sealed native id and address of its post."""
    thread: str | None
    post_text: str
    look_first: bool
    """An earlier attempt may have reached the network."""


def waiting(ledger: Ledger, channels: Sequence[str], now: datetime) -> int:
    """Count the approved answers that can be sent to these channels now."""
    with ledger.read() as connection:
        return len(connection.execute(select(_table.c.key).where(_ready(channels, now))).all())


def _ready(channels: Sequence[str], now: datetime) -> ColumnElement[bool]:
    due = _table.c.not_before.is_(None) | (_table.c.not_before <= now)
    states = (_table.c.state.in_(("approved", "unknown")) & due) | (
        (_table.c.state == "sending") & (_table.c.until.is_(None) | (_table.c.until <= now))
    )
    return _table.c.channel.in_(channels) & states


def claim(ledger: Ledger, channels: Sequence[str], worker: str, limit: int, now: datetime, lease: timedelta) -> list[Leaving]:
    """Claim the answers that were approved first.

    An answer whose post or origin no longer exists is refused instead.
    """
    ready = select(_table.c.key).where(_ready(channels, now)).order_by(_table.c.approved_at, _table.c.key)
    found: list[Leaving] = []
    with writing(ledger) as connection:
        keys = list(connection.execute(ready.limit(limit).with_for_update(skip_locked=True)).scalars())
        for key in keys:
            row = connection.execute(select(_table).where(_table.c.key == key)).one()
            sent = _target(connection, row)
            if sent is None:
                _settle(connection, row, state="refused", reason="the post or its address is no longer known")
                continue
            taken = {"state": "sending", "worker": worker, "until": now + lease, "attempt": row.attempt + 1}
            connection.execute(update(_table).where(_table.c.key == key).values(**taken))
            found.append(
                Leaving(
                    answer=answer_of(row),
                    attempt=row.attempt + 1,
                    origin=sent.origin,
                    thread=sent.thread,
                    post_text=sent.text,
                    look_first=row.state != "approved" or row.attempt > 0,
                )
            )
    return found


def _target(connection: Connection, row: Row[Any]) -> Row[Any] | None:
    posts, origins = schema.posts, schema.origins
    statement = select(posts.c.text, posts.c.thread, origins.c.origin).join(origins, origins.c.post_id == posts.c.post_id)
    return connection.execute(statement.where(posts.c.post_id == row.post_id)).one_or_none()


def renew(ledger: Ledger, leaving: Leaving, now: datetime, lease: timedelta) -> bool:
    """Extend the lease of an answer that is sent next.

    False: the lease ended and another worker claimed it; its outcome belongs to that worker.
    """
    with writing(ledger) as connection:
        row = drafts.locked_answer(connection, leaving.answer.key)
        if row.state != "sending" or row.attempt != leaving.attempt:
            return False
        connection.execute(update(_table).where(_table.c.key == row.key).values(until=now + lease))
        return True


def sent(ledger: Ledger, leaving: Leaving, url: str | None, now: datetime) -> None:
    """Record a sent answer and stop the clock of its case.

    The outcome of an attempt that was given up changes nothing. `url`: None on the portal, whose page has a secret address.
    """
    with writing(ledger) as connection:
        row = drafts.locked_answer(connection, leaving.answer.key)
        if row.state != "sending" or row.attempt != leaving.attempt:
            return
        _settle(connection, row, state="sent", url=url, given_at=now, reason="")
        drafts.stop_clock(connection, row, now, str(row.approved_by))


def failed(ledger: Ledger, leaving: Leaving, outcome: SendOutcome, reason: str, now: datetime) -> None:
    """Record that an answer was not sent, was refused, or is unknown.

    `approved`: it is tried again.
    """
    with writing(ledger) as connection:
        row = drafts.locked_answer(connection, leaving.answer.key)
        if row.state != "sending" or row.attempt != leaving.attempt:
            return
        not_before = now + UNKNOWN_WAITS if outcome == "unknown" else None
        _settle(connection, row, state=outcome, reason=reason, not_before=not_before)


def return_unsent(ledger: Ledger, key: str, reason: str, now: datetime, leaving: Leaving | None = None) -> bool:
    """Make an approved answer that did not leave a draft again.

    It needs another approval. False: meanwhile its state changed, or it was claimed by another worker.

    Args:
        ledger: the open ledger.
        key: the answer.
        reason: why it was not sent; the approver reads it.
        now: time of the change.
        leaving: the claim of the worker that found it out of use; None: it was not claimed, and no attempt was made.
    """
    with writing(ledger) as connection:
        row = drafts.locked_answer(connection, key)
        state, attempt = ("approved", 0) if leaving is None else ("sending", leaving.attempt)
        if row.state != state or row.attempt != attempt:
            return False
        said = f"approved by {row.approved_by} and not sent: {reason}"
        attempts = row.attempt if leaving is not None and leaving.look_first else 0  # an earlier one may have arrived
        _settle(connection, row, state="draft", approved_by=None, approved_at=None, reason=said, attempt=attempts, not_before=None)
        history.audit(connection, history.ESCUCHA, "return answer", row.post_id, said, now)
        return True


def _settle(connection: Connection, row: Row[Any], **new: object) -> None:
    values = {"worker": None, "until": None, **new}
    connection.execute(update(_table).where(_table.c.key == row.key).values(**values))


def answer_of(row: Row[Any]) -> Answer:
    """Return the answer of a row."""
    return Answer(**{name: getattr(row, name) for name in Answer.model_fields})
