"""Build the flat record of a case from the tables.

Times come from its stored steps, never from separate columns.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, ScalarSelect, Select, func, select

from core.records.case import ANSWERING, OPEN, WAITING
from core.records.read_models import CaseRecord
from ledger import schema

CLOSED = ("resolved", "rejected")
_SAME = (
    "case_key", "title", "kind", "topic", "topic_guess", "department", "district", "barrio", "place", "lat", "lon", "state", "priority",
    "due_at", "source", "posts", "authors", "reason", "system", "reference", "replay", "month", "version",
)  # fmt: skip


def select_case_records() -> Select[Any]:
    """Select the columns of a case record, one row a case."""
    cases = schema.cases
    return select(
        *(cases.c[name] for name in _SAME),
        cases.c.received_at,
        cases.c.sources,
        _step(func.min(schema.transitions.c.at), tuple(ANSWERING)).label("answered_at"),
        _step(func.max(schema.transitions.c.at), CLOSED).label("closed_at"),
        _step(func.max(schema.transitions.c.at), ("merged",)).label("merged_at"),
        _step(func.min(schema.transitions.c.at), tuple(ANSWERING), cases.c.merged_into).label("answered_there_at"),
    )


def _step(
    which: ColumnElement[datetime], states: tuple[str, ...], key: ColumnElement[str] | None = None
) -> ScalarSelect[datetime]:
    steps, of_case = schema.transitions.c, schema.cases.c.case_key if key is None else key
    return select(which).where(steps.case_key == of_case, steps.state.in_(sorted(states))).scalar_subquery()


def _answered_at(row: Row[Any]) -> datetime | None:
    """Return when the answer clock of a case stopped.

    This is its own first answer; for a merged case, the first answer of the case it was merged into.
    """
    own: datetime | None = row.answered_at
    if own is not None or row.state != "merged" or row.answered_there_at is None:
        return own
    there: datetime = row.answered_there_at
    return there if row.merged_at is None else max(there, row.merged_at)


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
