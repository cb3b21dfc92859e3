"""Reading cases: lists with filters that the database applies, and the history of one case."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Literal, TypedDict, Unpack

from sqlalchemy import ColumnElement, Select, func, select

from core.case import OPEN, Transition
from core.post import EXAMPLE
from core.read_models import CaseRecord
from core.records import Record, UtcDatetime
from ledger import schema
from ledger.database import Ledger
from ledger.read.case_records import case_fact_of, cases_with_times

Order = Literal["newest", "oldest", "due", "priority"]
AT_ONCE = 1000

_cases = schema.cases.c
_ORDERS: dict[Order, tuple[ColumnElement[Any], ...]] = {
    "newest": (_cases.received_at.desc(), _cases.case_key.desc()),
    "oldest": (_cases.received_at, _cases.case_key),
    "due": (_cases.due_at, _cases.case_key),
    "priority": (_cases.priority.desc(), _cases.due_at, _cases.case_key),
}


class CaseFilters(TypedDict, total=False):
    """Which cases; a filter that is None is not set."""

    since: datetime | None
    """Opened at this moment or later."""
    until: datetime | None
    """Opened before this moment."""
    due_before: datetime | None
    open_only: bool
    state: str | None
    department: str | None
    district: str | None
    topic: str | None
    kind: str | None
    source: str | None
    """Channel of the first post."""
    system: str | None
    replay: bool | None
    example: bool | None
    """Of posts written as an example, or not."""


class Note(Record):
    """What somebody wrote down for colleagues."""

    case_key: str
    who: str
    text: str
    at: UtcDatetime


class DeliveryState(Record):
    """How far a delivery to an outside system has got."""

    case_key: str
    system: str
    kind: str
    state: str
    reference: str | None
    reason: str | None
    changed_at: UtcDatetime


def case_records(
    ledger: Ledger,
    *,
    order: Order = "newest",
    limit: int | None = None,
    offset: int = 0,
    **filters: Unpack[CaseFilters],
) -> Iterator[CaseRecord]:
    """The cases that pass all filters, one after the other, all from one moment."""
    statement = _filtered(cases_with_times(), filters).order_by(*_ORDERS[order]).limit(limit).offset(offset)
    with ledger.read() as connection:
        for row in connection.execution_options(yield_per=AT_ONCE).execute(statement):
            yield case_fact_of(row)


def count_cases(ledger: Ledger, **filters: Unpack[CaseFilters]) -> int:
    """How many cases pass all filters."""
    with ledger.read() as connection:
        return int(connection.execute(_filtered(select(func.count(_cases.case_key)), filters)).scalar_one())


def _filtered(statement: Select[Any], filters: CaseFilters) -> Select[Any]:
    given: dict[str, Any] = {name: value for name, value in filters.items() if value is not None}
    for name, value in given.items():
        if name == "since":
            statement = statement.where(_cases.received_at >= value)
        elif name == "until":
            statement = statement.where(_cases.received_at < value)
        elif name == "due_before":
            statement = statement.where(_cases.due_at < value)
        elif name == "open_only":
            statement = statement.where(_cases.state.in_(sorted(OPEN))) if value else statement
        elif name == "example":
            is_example = _cases.source.startswith(EXAMPLE, autoescape=True)
            statement = statement.where(is_example if value else ~is_example)
        else:
            statement = statement.where(_cases[name] == value)
    return statement


def case_record(ledger: Ledger, case_key: str) -> CaseRecord | None:
    """All that is known of one case; None when there is none of this key."""
    with ledger.read() as connection:
        row = connection.execute(cases_with_times().where(_cases.case_key == case_key)).one_or_none()
    return None if row is None else case_fact_of(row)


def transitions(ledger: Ledger, case_key: str, since: int | None = None) -> list[Transition]:
    """The steps of a case in the order they were written down; with `since`, only those after this revision."""
    steps = schema.transitions.c
    statement = select(*(steps[name] for name in Transition.model_fields)).where(steps.case_key == case_key)
    if since is not None:
        statement = statement.where(steps.revision > since)
    with ledger.read() as connection:
        return [Transition(**row) for row in connection.execute(statement.order_by(steps.id)).mappings()]


def notes(ledger: Ledger, case_key: str, since: int | None = None) -> list[Note]:
    """The notes on a case, oldest first; with `since`, only those after this revision."""
    table = schema.notes.c
    statement = select(*(table[name] for name in Note.model_fields)).where(table.case_key == case_key)
    if since is not None:
        statement = statement.where(table.revision > since)
    with ledger.read() as connection:
        return [Note(**row) for row in connection.execute(statement.order_by(table.id)).mappings()]


def deliveries(ledger: Ledger, case_key: str) -> list[DeliveryState]:
    """The deliveries of a case, oldest first."""
    return _deliveries(ledger, schema.deliveries.c.case_key == case_key)


def delivery_problems(ledger: Ledger) -> list[DeliveryState]:
    """Deliveries a person should know of: refused, without an answer, or the ticket is gone."""
    return _deliveries(ledger, schema.deliveries.c.state.in_(("unknown", "refused", "gone")))


def _deliveries(ledger: Ledger, which: ColumnElement[bool]) -> list[DeliveryState]:
    table = schema.deliveries.c
    statement = select(*(table[name] for name in DeliveryState.model_fields)).where(which).order_by(table.id)
    with ledger.read() as connection:
        return [DeliveryState(**row) for row in connection.execute(statement).mappings()]
