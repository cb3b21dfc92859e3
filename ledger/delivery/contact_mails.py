"""Track mails to citizens: each step and each answer is mailed once.

The rows of a mail are claimed together, before it is sent. A process that is killed leaves them unfinished, and the next run
sends the same mail again, with the same Message-ID. The caller holds a named lease.
"""

import hashlib
from collections import defaultdict
from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, String, and_, cast, func, literal, or_, select, update

from core.records import Record, UtcDatetime
from core.records.answer import GIVEN
from ledger import schema
from ledger.cases.history import entries as history
from ledger.database import Ledger, insert

CONFIRM = "confirm"
_table, _contacts = schema.contact_mails, schema.contacts.c


class ContactMail(Record):
    """Hold one mail: its contact, and what it is about."""

    batch: str
    """The same contact and items give the same batch, on which the Message-ID is based."""
    number: str
    """Of the receipt."""
    items: tuple[str, ...]
    attempts: int
    """Earlier ones, all refused."""


class MailState(Record):
    """Count the mails to citizens that are not sent."""

    waiting: int
    given_up: int
    reason: str
    """The last refusal; empty: none."""
    last_at: UtcDatetime | None
    """When the last mail was sent."""


def due(ledger: Ledger) -> dict[str, list[str]]:
    """Return what is not claimed yet, by receipt number.

    The link to confirm; then, of confirmed contacts, later steps of their cases and answers to their reports.
    """
    found: dict[str, list[str]] = defaultdict(list)
    with ledger.read() as connection:
        for number, what in (*_to_confirm(connection), *_steps(connection), *_answers(connection)):
            found[number].append(what)
    return dict(found)


def _to_confirm(connection: Connection) -> list[tuple[str, str]]:
    known = _known(literal(CONFIRM))
    numbers = select(_contacts.number).where(_contacts.confirmed_at.is_(None), ~known).order_by(_contacts.number)
    return [(number, CONFIRM) for number in connection.execute(numbers).scalars()]


def _steps(connection: Connection) -> list[tuple[str, str]]:
    steps, members, cases = schema.transitions.c, schema.case_posts.c, schema.cases.c
    what = literal("step ") + cast(steps.id, String)
    of_case = or_(steps.case_key == cases.case_key, steps.case_key == cases.merged_into)
    statement = (
        select(_contacts.number, what)
        .join(schema.receipts, schema.receipts.c.number == _contacts.number)
        .join(schema.case_posts, members.post_id == schema.receipts.c.post_id)
        .join(schema.cases, cases.case_key == members.case_key)
        .join(schema.transitions, of_case)
        .where(steps.id > _contacts.after_step, steps.state != "new", ~_known(what))
        .order_by(_contacts.number, steps.id)
    )
    return [(number, one) for number, one in connection.execute(statement).tuples()]


def _answers(connection: Connection) -> list[tuple[str, str]]:
    answers = schema.answers.c
    what = literal("answer ") + answers.key
    statement = (
        select(_contacts.number, what)
        .join(schema.receipts, schema.receipts.c.number == _contacts.number)
        .join(schema.answers, answers.post_id == schema.receipts.c.post_id)
        .where(answers.state.in_(GIVEN), answers.text != "", ~_known(what))
        .where(answers.given_at >= _contacts.confirmed_at)
        .order_by(_contacts.number, answers.at, answers.key)
    )
    return [(number, one) for number, one in connection.execute(statement).tuples()]


def _known(what: ColumnElement[str]) -> ColumnElement[bool]:
    """Tell whether this was claimed for the contact of the row."""
    return select(_table.c.what).where(and_(_table.c.number == _contacts.number, _table.c.what == what)).exists()


def claim(ledger: Ledger, number: str, items: Collection[str], now: datetime) -> None:
    """Claim what one mail says."""
    batch = hashlib.sha256(repr((number, sorted(items))).encode()).hexdigest()[:32]
    row = {"number": number, "batch": batch, "claimed_at": now, "attempts": 0, "given_up": False, "reason": ""}
    with ledger.write() as connection:
        for what in sorted(items):
            connection.execute(insert(connection, _table).on_conflict_do_nothing(), row | {"what": what})


def unfinished(ledger: Ledger, now: datetime) -> list[ContactMail]:
    """Return the claimed mails that are to be sent now."""
    waits = _table.c.mailed_at.is_(None) & ~_table.c.given_up
    ready = _table.c.not_before.is_(None) | (_table.c.not_before <= now)
    items: dict[tuple[str, str, int], list[str]] = defaultdict(list)
    with ledger.read() as connection:
        for row in connection.execute(select(_table).where(waits, ready).order_by(_table.c.claimed_at, _table.c.what)):
            items[row.batch, row.number, row.attempts].append(row.what)
    return [
        ContactMail(batch=batch, number=number, items=tuple(some), attempts=attempts)
        for (batch, number, attempts), some in items.items()
    ]


def mark_mailed(ledger: Ledger, batch: str, now: datetime) -> None:
    """Store that the mail server took a mail."""
    with ledger.write() as connection:
        connection.execute(update(_table).where(_table.c.batch == batch).values(mailed_at=now, reason=""))


def mark_failed(ledger: Ledger, batch: str, reason: str, not_before: datetime | None) -> None:
    """Store a refusal; None as `not_before`: the mail is given up."""
    values = {"reason": reason, "not_before": not_before, "given_up": not_before is None}
    with ledger.write() as connection:
        mine = update(_table).where(_table.c.batch == batch, _table.c.mailed_at.is_(None))
        connection.execute(mine.values(attempts=_table.c.attempts + 1, **values))


def postpone(ledger: Ledger, batch: str, reason: str, not_before: datetime) -> None:
    """Store why no mail can be sent now, without counting a try."""
    with ledger.write() as connection:
        mine = update(_table).where(_table.c.batch == batch, _table.c.mailed_at.is_(None))
        connection.execute(mine.values(reason=reason, not_before=not_before))


def retry_given_up(ledger: Ledger, who: str, now: datetime) -> int:
    """Make the mails that were given up due again; return their number. Audited."""
    given_up = _table.c.given_up & _table.c.mailed_at.is_(None)
    anew = {"given_up": False, "attempts": 0, "not_before": None}
    with ledger.write() as connection:
        rows = connection.execute(update(_table).where(given_up).values(**anew).returning(_table.c.batch)).scalars()
        mails = len(set(rows))
        if mails:
            history.audit(connection, who, "retry_citizen_mails", "", str(mails), now)
    return mails


def state(ledger: Ledger) -> MailState:
    """Count the mails that wait or were given up."""
    mails, unsent = func.count(func.distinct(_table.c.batch)), _table.c.mailed_at.is_(None)
    last = select(_table.c.reason).where(unsent, _table.c.reason != "").order_by(_table.c.claimed_at.desc()).limit(1)
    with ledger.read() as connection:
        waiting = connection.execute(select(mails).where(unsent, ~_table.c.given_up)).scalar_one()
        given_up = connection.execute(select(mails).where(unsent, _table.c.given_up)).scalar_one()
        reason = connection.execute(last).scalar_one_or_none()
        last_at = connection.execute(select(func.max(_table.c.mailed_at))).scalar_one()
    return MailState(waiting=waiting, given_up=given_up, reason=reason or "", last_at=last_at)
