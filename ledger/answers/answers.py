"""Write, approve and withdraw answers to citizens.

    draft -> approved -> sent; on its way its message is sending, unknown (looked for before the next try) or refused
    draft -> rejected, superseded
    approved -> draft (withdrawn), copied (a person put it there by hand), sent (a person published it on the portal)

An approval makes a message of the outbox; `ledger.answers.states` says what became of it, `ledger.delivery.answers` stores it.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, select, update

from core.errors import ChangeRefusedError
from core.records.answer import PORTAL, Answer, closed_by
from core.records.case import CASEBOOK, OPEN, WAITING, State
from core.records.outbox import Due
from ledger import schema
from ledger.answers.states import STATE, WITH_MESSAGE, answers_now
from ledger.cases.history import entries as history
from ledger.database import Ledger
from ledger.database.writing import writing
from ledger.outbox import planning

_table, _outbox = schema.answers, schema.outbox
FLAGS = ("asks", "acknowledges", "asks_solved")
NEW: dict[str, Any] = {"state": "draft", "reason": ""}


def write_drafts(ledger: Ledger, drafts: Sequence[Answer], who: str, now: datetime) -> list[str]:
    """Store the drafts of one batch and return their keys.

    Earlier drafts of the same person for the same posts are superseded. A batch that was stored before (the same form sent twice) changes
    nothing.
    """
    columns = ("key", "batch", "case_key", "post_id", "channel", "language", "text", "origin", *FLAGS)
    with writing(ledger) as connection:
        for one in sorted(drafts, key=lambda draft: draft.key):
            if connection.execute(select(_table.c.key).where(_table.c.key == one.key)).first() is not None:
                continue
            mine = (_table.c.post_id == one.post_id) & (_table.c.who == who) & (_table.c.state == "draft")
            connection.execute(update(_table).where(mine, _table.c.batch != one.batch).values(state="superseded"))
            row = {name: getattr(one, name) for name in columns} | NEW | {"who": who, "at": now}
            connection.execute(_table.insert(), row)
            history.audit(connection, who, "draft answer", one.post_id, "", now)
    return [one.key for one in drafts]


def approve(ledger: Ledger, key: str, who: str, now: datetime, second_person: bool) -> bool:
    """Approve a draft: it may leave from now on. Returns False when this person approved it before.

    `second_person`: the profile asks for one who did not write it.

    Raises:
        ChangeRefusedError: it is no draft any more, its writer may not approve it, or its post has an answer that leaves.
    """
    with writing(ledger) as connection:
        answer = locked_answer(connection, key)
        if answer.state == "approved" and answer.approved_by == who:
            return False
        if answer.state != "draft":
            raise ChangeRefusedError("this answer is no draft any more: it is {answer_state}", answer_state=answer.state)
        if second_person and answer.who == who:
            raise ChangeRefusedError("the profile asks for a second person: who wrote an answer does not approve it")
        _must_be_known(connection, answer.post_id)
        _must_be_the_only_one(connection, answer)
        channel = PORTAL if _has_receipt(connection, answer.post_id) else answer.channel
        _set(connection, key, state="approved", approved_by=who, approved_at=now, channel=channel)
        planning.plan_again(connection, "answer", Due(subject=key, receiver=answer.post_id, channel=channel, message_id=key), now)
        history.audit(connection, who, "approve answer", answer.post_id, "", now)
    return True


def reject(ledger: Ledger, key: str, who: str, why: str, now: datetime) -> None:
    """Reject a draft; its writer sees why.

    Raises:
        ChangeRefusedError: it is no draft any more.
    """
    _leave_draft(ledger, key, who, "reject answer", why, now, state="rejected", reason=why)


def _leave_draft(ledger: Ledger, key: str, who: str, what: str, why: str, now: datetime, **new: object) -> None:
    with writing(ledger) as connection:
        answer = locked_answer(connection, key)
        if answer.state != "draft":
            raise ChangeRefusedError("this answer is no draft any more: it is {answer_state}", answer_state=answer.state)
        _set(connection, key, **new)
        history.audit(connection, who, what, answer.post_id, why, now)


def withdraw(ledger: Ledger, key: str, who: str, now: datetime) -> None:
    """Revoke the approval of an answer; it becomes a draft again.

    Raises:
        ChangeRefusedError: sending has begun, or the answer was sent.
    """
    with writing(ledger) as connection:
        answer = locked_answer(connection, key)
        if answer.state != "approved" or answer.attempt:
            raise ChangeRefusedError("this answer cannot be taken back any more: it is {answer_state}", answer_state=answer.state)
        _set(connection, key, state="draft", approved_by=None, approved_at=None)
        recall(connection, key, f"taken back by {who}", now)
        history.audit(connection, who, "withdraw answer", answer.post_id, "", now)


def mark_copied(ledger: Ledger, key: str, who: str, url: str | None, now: datetime) -> bool:
    """Record that a person posted an approved answer by hand.

    Returns False when that was recorded before.

    Raises:
        ChangeRefusedError: it is not approved, or is being sent.
    """
    with writing(ledger) as connection:
        answer = locked_answer(connection, key)
        if answer.state == "copied":
            return False
        if answer.state not in ("approved", "unknown", "refused"):
            raise ChangeRefusedError("only an approved answer can be copied: this one is {answer_state}", answer_state=answer.state)
        if answer.channel == PORTAL:
            raise ChangeRefusedError("This answer is published on the citizen's page: there is nothing to copy.")
        _set(connection, key, state="copied", given_at=now, url=url, reason="")
        recall(connection, key, f"copied by {who}", now)
        stop_clock(connection, answer, now, who)
        history.audit(connection, who, "copy answer", answer.post_id, "", now)
    return True


def publish(ledger: Ledger, key: str, who: str, now: datetime) -> bool:
    """Publish an approved answer on the page of its report.

    One whose publication by a worker was broken off is published too: what that worker stores later changes nothing.

    Returns False when it was published before.

    Raises:
        ChangeRefusedError: it is not approved, or answers no report of the portal.
    """
    with writing(ledger) as connection:
        answer = locked_answer(connection, key)
        if answer.channel == PORTAL and answer.state == "sent":
            return False
        if answer.channel != PORTAL or answer.state not in ("approved", "sending"):
            raise ChangeRefusedError(
                "only an approved answer to a report of the portal can be published: this one is {answer_state}", answer_state=answer.state
            )
        _set(connection, key, state="sent", given_at=now, reason="")
        recall(connection, key, f"published by {who}", now)
        stop_clock(connection, answer, now, who)
        history.audit(connection, who, "publish answer", answer.post_id, "", now)
    return True


def stop_clock(connection: Connection, answer: Row[Any], now: datetime, who: str) -> None:
    """Set the case of a delivered answer to `answered`.

    One that names another body as competent closes the case, and so does one of a template that says so. One that asks back stops no clock:
    the case goes on waiting, and `escalate` pauses its answer time. Nor does a receipt: the case becomes `acknowledged`.
    """
    if answer.case_key is None:
        return
    case = history.locked_case(connection, answer.case_key)
    waits = case.state in WAITING
    closing = closed_by(answer.origin)
    if waits and answer.asks:
        why = f"asked back on {answer.channel}: the answer time pauses until the citizen replies"
        state: State = "acknowledged" if case.state == "acknowledged" else "assigned"
    elif waits and answer.acknowledges:
        state, why = "acknowledged", f"receipt given on {answer.channel}: the answer time runs on"
    elif closing and case.state in OPEN and case.system == CASEBOOK:
        state, why = closing[0], f"{closing[1]}; answered on {answer.channel}"
    elif waits:
        state, why = "answered", f"answered on {answer.channel}"
    else:
        history.touch(connection, case.case_key)
        return
    history.add_step(connection, case.case_key, state, now, who, why)


def forget_texts(connection: Connection, post_ids: Sequence[str], now: datetime) -> None:
    """Remove the texts of answers to erased posts.

    Answers that were not sent are refused: they are not sent any more.
    """
    checks = schema.answer_checks
    keys = select(_table.c.key).where(_table.c.post_id.in_(post_ids))
    repeating = checks.c.repeats.in_(keys)  # they are compared again: the question that they repeat is gone
    connection.execute(checks.delete().where(checks.c.post_id.in_(post_ids) | repeating))
    mine = _table.c.post_id.in_(post_ids)
    gone = {"state": "refused", "reason": "its post was erased"}
    connection.execute(update(_table).where(mine & (_table.c.state == "draft")).values(state="superseded"))
    unsent = update(_table).where(mine & (_table.c.state == "approved")).values(**gone).returning(_table.c.key)
    for key in connection.execute(unsent).scalars().all():
        recall(connection, key, gone["reason"], now)
    connection.execute(update(_table).where(mine).values(text="", url=None))


def locked_answer(connection: Connection, key: str) -> Row[Any]:
    """Return an answer, locked until the transaction ends.

    Its case is locked first, as everywhere, and its message last.

    Raises:
        ChangeRefusedError: there is none of this key.
    """
    case_key = connection.execute(select(_table.c.case_key).where(_table.c.key == key)).scalar_one_or_none()
    if case_key is not None:
        history.locked_case(connection, case_key)
    row = connection.execute(select(_table.c.key).where(_table.c.key == key).with_for_update()).one_or_none()
    if row is None:
        raise ChangeRefusedError("there is no such answer: reload the page")
    connection.execute(select(_outbox.c.id).where(_message_of(key)).with_for_update())
    return connection.execute(answers_now().where(_table.c.key == key)).one()


def recall(connection: Connection, key: str, reason: str, now: datetime) -> None:
    """Withdraw the message of an answer that a person decided otherwise about."""
    planning.withdraw_waiting(connection, _message_of(key), reason, now)


def _message_of(key: str) -> ColumnElement[bool]:
    return (_outbox.c.kind == "answer") & (_outbox.c.subject == key)


def _set(connection: Connection, key: str, **new: object) -> None:
    connection.execute(update(_table).where(_table.c.key == key).values(**new))


def _has_receipt(connection: Connection, post_id: str) -> bool:
    receipts = schema.receipts.c
    return connection.execute(select(receipts.number).where(receipts.post_id == post_id)).first() is not None


def _must_be_known(connection: Connection, post_id: str) -> None:
    posts = schema.posts.c
    if connection.execute(select(posts.post_id).where(posts.post_id == post_id)).first() is None:
        raise ChangeRefusedError("the post was erased, or is older than the retention: it cannot be answered any more")


def _must_be_the_only_one(connection: Connection, answer: Row[Any]) -> None:
    leaving = (_table.c.post_id == answer.post_id) & STATE.in_(("approved", "sending", "unknown"))
    if connection.execute(select(_table.c.key).select_from(WITH_MESSAGE).where(leaving)).first() is not None:
        raise ChangeRefusedError("another answer to this post is on its way: wait until it has left, or take it back")
