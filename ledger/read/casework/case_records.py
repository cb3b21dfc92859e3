"""Build the flat record of a case from the tables.

Times come from its stored steps, never from separate columns.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, ScalarSelect, Select, func, select

from core.records.answer import GIVEN
from core.records.case import OPEN, WAITING
from core.records.read_models import CaseRecord
from ledger import schema
from ledger.cases.counts import was_taken_back

ANSWERED = ("answered",)
CLOSED = ("resolved", "rejected")
_SAME = tuple(
    """
    case_key title kind topic topic_guess department district barrio place lat lon state priority due_at source posts authors reason
    system reference replay month version
    """.split()
)


def select_case_records() -> Select[Any]:
    """Select the columns of a case record, one row a case."""
    cases = schema.cases
    return select(
        *(cases.c[name] for name in _SAME),
        cases.c.received_at,
        cases.c.sources,
        _step(func.min(schema.transitions.c.at), ANSWERED).label("recorded_at"),
        _given().label("given_at"),
        _step(func.max(schema.transitions.c.at), CLOSED).label("closed_at"),
        _step(func.max(schema.transitions.c.at), ("merged",)).label("merged_at"),
        _step(func.min(schema.transitions.c.at), ANSWERED, cases.c.merged_into).label("recorded_there_at"),
        _given(cases.c.merged_into).label("given_there_at"),
    )


def _step(which: ColumnElement[datetime], states: tuple[str, ...], key: ColumnElement[str] | None = None) -> ScalarSelect[datetime]:
    steps, of_case = schema.transitions.c, schema.cases.c.case_key if key is None else key
    return select(which).where(steps.case_key == of_case, steps.state.in_(sorted(states)), ~was_taken_back()).scalar_subquery()


def _given(key: ColumnElement[str] | None = None) -> ScalarSelect[datetime]:
    """Select when the first answer was delivered; receipts and questions are none."""
    answers, of_case = schema.answers.c, schema.cases.c.case_key if key is None else key
    delivered = (answers.case_key == of_case) & answers.state.in_(GIVEN) & ~answers.asks & ~answers.acknowledges
    return select(func.min(answers.given_at)).where(delivered).scalar_subquery()


def _answered_at(row: Row[Any]) -> datetime | None:
    """Return when a case was answered: the one definition of every figure.

    An answer was delivered, or a person or an outside system recorded one; a case that was only closed was not answered. For a merged
    case also the first answer of the case it was merged into.
    """
    own = _first(row.recorded_at, row.given_at)
    there = _first(row.recorded_there_at, row.given_there_at)
    if own is not None or row.state != "merged" or there is None:
        return own
    return there if row.merged_at is None else max(there, row.merged_at)


def _first(*times: datetime | None) -> datetime | None:
    return min((one for one in times if one is not None), default=None)


def case_record_of(row: Row[Any]) -> CaseRecord:
    """Return the case record of such a row."""
    answered = _answered_at(row)
    return CaseRecord(
        **{name: getattr(row, name) for name in _SAME},
        is_open=row.state in OPEN,
        waits=row.state in WAITING,
        opened_at=row.received_at,
        answered_at=answered,
        closed_at=row.closed_at if row.state in CLOSED else None,
        answer_hours=None if answered is None else (answered - row.received_at).total_seconds() / 3600,
        within_due=None if answered is None else answered <= row.due_at,
        sources=tuple(row.sources),
    )
