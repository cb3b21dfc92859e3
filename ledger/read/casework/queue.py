"""Query the cases that one person works one after another.

They are the person's own and those of the person's department that no person took; without a department, all of these. A case that waits
for its citizen, whose approved answer is on its way, or that is put aside, asks for nothing now.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import literal, or_, select

from core.records.case import WAITING
from ledger import schema
from ledger.answers.states import STATE, WITH_MESSAGE
from ledger.database import Ledger
from ledger.read.casework.answering.askings import Asking, askings
from ledger.read.casework.aside import put_aside
from ledger.read.casework.cases import CaseFilters, filtered, ordered
from ledger.read.staff.people import users

_cases = schema.cases.c


class InQueue(NamedTuple):
    """Place a case in the queue: harm first, then time left."""

    priority: int
    replay: bool
    due_at: datetime
    case_key: str


def queue_of(ledger: Ledger, user: str, moment: datetime, asked_back: Mapping[str, Sequence[Asking]] | None = None) -> CaseFilters:
    """Return the filters of the cases that ask this person for something.

    `asked_back`: `askings`, where the caller has it.
    """
    department = next((one.department for one in users(ledger) if one.name == user), None)
    asked = {key for key, each in (askings(ledger) if asked_back is None else asked_back).items() if each[-1].replied_at is None}
    return CaseFilters(waiting_only=True, queue_of=(user, department), but=asked | _answered(ledger) | put_aside(ledger, moment).keys())


def _answered(ledger: Ledger) -> set[str]:
    """Return the waiting cases with an approved answer on its way."""
    answers = schema.answers.c
    leaving = STATE.in_(("approved", "sending", "unknown")) & ~answers.asks & ~answers.acknowledges
    statement = select(answers.case_key).select_from(WITH_MESSAGE.join(schema.cases, _cases.case_key == answers.case_key))
    with ledger.read() as connection:
        found = connection.execute(statement.where(leaving, _cases.state.in_(sorted(WAITING))).distinct())
        return set(found.scalars())


def place_in_queue(ledger: Ledger, case_key: str) -> InQueue | None:
    """Return where a case is in the queue; None: no such case."""
    columns = (_cases[name] for name in InQueue._fields)
    with ledger.read() as connection:
        row = connection.execute(select(*columns).where(_cases.case_key == case_key)).one_or_none()
    return None if row is None else InQueue(*row)


def next_in_queue(ledger: Ledger, user: str, after: InQueue | None, moment: datetime) -> str | None:
    """Return the case that comes after a place; None: the end.

    `after` None: the first one. The case at the place need not be in the queue any more.
    """
    statement = filtered(ordered(select(_cases.case_key), "priority"), queue_of(ledger, user, moment)).limit(1)
    if after is not None:
        same_harm = _cases.priority == after.priority
        same_kind = same_harm & (_cases.replay == after.replay)
        later = or_(
            _cases.priority < after.priority,
            same_harm & _cases.replay & literal(not after.replay),
            same_kind & (_cases.due_at > after.due_at),
            same_kind & (_cases.due_at == after.due_at) & (_cases.case_key > after.case_key),
        )
        statement = statement.where(later)
    with ledger.read() as connection:
        found: str | None = connection.execute(statement).scalar_one_or_none()
    return found
