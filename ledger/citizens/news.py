"""Find the steps and answers that are to be mailed to citizens."""

from collections import defaultdict

from sqlalchemy import ColumnElement, Connection, String, cast, literal, or_, select

from core.records.answer import GIVEN
from ledger import schema
from ledger.cases.counts import was_taken_back
from ledger.database import Ledger

CONFIRM = "confirm"
_items, _contacts = schema.outbox_items.c, schema.contacts.c


def news(ledger: Ledger) -> dict[str, list[str]]:
    """Return what is not in the outbox yet, by receipt number.

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
        .where(steps.id > _contacts.after_step, steps.state != "new", ~was_taken_back(), ~_known(what))
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
    """Tell whether the outbox has this for the contact."""
    mine = (_items.kind == "citizen") & (_items.subject == _contacts.number) & (_items.what == what)
    return select(_items.what).where(mine).exists()
