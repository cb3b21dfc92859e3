"""From the tables to the flat record of a case: times and deadlines come from its stored steps, never from a field of their own."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, ScalarSelect, Select, func, select

from core.case import ANSWERING, OPEN
from core.read_models import CaseRecord
from ledger import schema

CLOSED = ("resolved", "rejected")
_SAME = (
    "case_key", "title", "kind", "topic", "department", "district", "barrio", "place", "lat", "lon", "state", "priority", "due_at",
    "source", "posts", "authors", "reason", "system", "reference", "replay", "month", "version",
)  # fmt: skip


def cases_with_times() -> Select[Any]:
    """Everything a fact needs, one row a case."""
    cases = schema.cases
    return select(
        *(cases.c[name] for name in _SAME),
        cases.c.received_at,
        cases.c.sources,
        _step(func.min(schema.transitions.c.at), tuple(ANSWERING)).label("answered_at"),
        _step(func.max(schema.transitions.c.at), CLOSED).label("closed_at"),
    )


def _step(which: ColumnElement[datetime], states: tuple[str, ...]) -> ScalarSelect[datetime]:
    steps = schema.transitions.c
    return (
        select(which)
        .where(steps.case_key == schema.cases.c.case_key, steps.state.in_(sorted(states)))
        .scalar_subquery()
    )


def case_fact_of(row: Row[Any]) -> CaseRecord:
    """The fact of such a row."""
    answered: datetime | None = row.answered_at
    return CaseRecord(
        **{name: getattr(row, name) for name in _SAME},
        is_open=row.state in OPEN,
        opened_at=row.received_at,
        answered_at=answered,
        closed_at=row.closed_at if row.state in CLOSED else None,
        answer_hours=None if answered is None else (answered - row.received_at).total_seconds() / 3600,
        within_due=None if answered is None else answered <= row.due_at,
        sources=tuple(row.sources),
    )
