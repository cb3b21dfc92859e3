"""Query cases: filtered lists, and the history of one case.

The database applies the filters.
"""

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any, Literal, NamedTuple, TypedDict, Unpack

from sqlalchemy import ColumnElement, Select, func, literal, or_, select, tuple_

from core.records import Record, UtcDatetime
from core.records.area import Area
from core.records.case import OPEN, WAITING, Transition
from core.records.post import EXAMPLE
from core.records.read_models import CaseRecord
from ledger import schema
from ledger.database import Ledger
from ledger.read.casework.case_records import case_record_of, select_case_records
from ledger.read.casework.public import reopenings
from ledger.read.posts.areas import in_area

Order = Literal["newest", "oldest", "due", "priority", "posts"]
BATCH_SIZE = 1000

_cases = schema.cases.c
_ORDERS: dict[Order, tuple[ColumnElement[Any], ...]] = {
    "newest": (_cases.received_at.desc(), _cases.case_key.desc()),
    "oldest": (_cases.received_at, _cases.case_key),
    "due": (_cases.due_at, _cases.case_key),
    "posts": (_cases.posts.desc(), _cases.due_at, _cases.case_key),
    "priority": (_cases.priority.desc(), _cases.replay, _cases.due_at, _cases.case_key),  # for replayed ones no citizen waits
}


class CaseFilters(TypedDict, total=False):
    """Describe filters for cases; None: not set."""

    since: datetime | None
    """Opened at this moment or later."""
    until: datetime | None
    """Opened before this moment."""
    overdue_at: datetime | None
    """Overdue at this moment (`core.records.case.is_overdue`)."""
    due_from: datetime | None
    due_before: datetime | None
    open_only: bool
    """In a state of `OPEN`."""
    waiting_only: bool
    """In a state of `WAITING`: a citizen waits for an answer."""
    assignee: str | None
    """Taken by this user of the desk."""
    unassigned: bool
    """Taken by no one."""
    queue_of: tuple[str, str | None] | None
    """Taken by this user, or by no one and of this department; None: of any."""
    but: Collection[str] | None
    """Not these."""
    reopened_at_least: int | None
    """Reopened this many times or more after it was closed."""
    text: str | None
    """The title, the place or the key contains this string, ignoring case."""
    case_keys: Collection[str] | None
    """Only these."""
    state: str | None
    merged: bool | None
    """Merged into another case, or not."""
    department: str | None
    district: str | None
    barrio: str | None
    located: bool | None
    """It has a point on the map, or not."""
    area: Area | None
    """Its point lies in this area."""
    topic: str | None
    topic_asked: bool | None
    """Its topic is too uncertain, and staff are asked for the service."""
    kind: str | None
    source: str | None
    """Channel of the first post."""
    system: str | None
    replay: bool | None
    example: bool | None
    """Of posts written as an example, or not."""


class Note(Record):
    """Hold an internal note on a case."""

    case_key: str
    who: str
    text: str
    at: UtcDatetime


class DeliveryState(Record):
    """Hold the state of a delivery to an outside system."""

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
    after: tuple[datetime, str] | None = None,
    **filters: Unpack[CaseFilters],
) -> Iterator[CaseRecord]:
    """Yield the cases that match all filters, from one snapshot.

    `after`: time of opening and key of the last case of the page before; for the orders by time alone.
    """
    statement = ordered(filtered(select_case_records(), filters), order).limit(limit).offset(offset)
    if after is not None:
        key = tuple_(_cases.received_at, _cases.case_key)
        last = tuple_(literal(after[0], schema.UtcTime), literal(after[1]))
        statement = statement.where(key > last if order == "oldest" else key < last)
    with ledger.read() as connection:
        for row in connection.execution_options(yield_per=BATCH_SIZE).execute(statement):
            yield case_record_of(row)


def ordered(statement: Select[Any], order: Order) -> Select[Any]:
    """Order a query of cases."""
    return statement.order_by(*_ORDERS[order])


def count_cases(ledger: Ledger, **filters: Unpack[CaseFilters]) -> int:
    """Count the cases that match all filters."""
    with ledger.read() as connection:
        return int(connection.execute(filtered(select(func.count(_cases.case_key)), filters)).scalar_one())


def count_cases_by_topic(ledger: Ledger, **filters: Unpack[CaseFilters]) -> dict[str, int]:
    """Count the cases that match all filters by topic, most first."""
    count = func.count(_cases.case_key)
    statement = filtered(select(_cases.topic, count.label("cases")), filters).group_by(_cases.topic)
    with ledger.read() as connection:
        rows = connection.execute(statement.order_by(count.desc(), _cases.topic)).all()
    return {row.topic: row.cases for row in rows}


def count_cases_by_place(ledger: Ledger, by: Literal["district", "barrio"], **filters: Unpack[CaseFilters]) -> dict[str, int]:
    """Count the cases that match all filters by district or barrio.

    Cases without one are left out.
    """
    place, count = _cases[by].label("place"), func.count(_cases.case_key).label("cases")
    statement = filtered(select(place, count).where(place.is_not(None)).group_by(place), filters)
    with ledger.read() as connection:
        return {row.place: int(row.cases) for row in connection.execute(statement)}


class CasePoint(NamedTuple):
    """Hold what a map shows of a case."""

    case_key: str
    title: str
    lat: float
    lon: float
    waits: bool
    due_at: datetime
    replay: bool
    source: str


def case_points(ledger: Ledger, **filters: Unpack[CaseFilters]) -> list[CasePoint]:
    """Return the points of the cases that match all filters."""
    columns = (_cases[name] for name in ("case_key", "title", "lat", "lon", "state", "due_at", "replay", "source"))
    statement = filtered(select(*columns).where(_cases.lat.is_not(None), _cases.lon.is_not(None)), filters)
    with ledger.read() as connection:
        rows = connection.execute(statement.order_by(_cases.received_at.desc(), _cases.case_key)).all()
    return [CasePoint(r.case_key, r.title, r.lat, r.lon, r.state in WAITING, r.due_at, r.replay, r.source) for r in rows]


def filtered(statement: Select[Any], filters: CaseFilters) -> Select[Any]:
    """Restrict a query of cases to those that match."""
    given: dict[str, Any] = {name: value for name, value in filters.items() if value is not None}
    for name, value in given.items():
        if name == "since":
            statement = statement.where(_cases.received_at >= value)
        elif name == "until":
            statement = statement.where(_cases.received_at < value)
        elif name == "due_from":
            statement = statement.where(_cases.due_at >= value)
        elif name == "due_before":
            statement = statement.where(_cases.due_at < value)
        elif name == "overdue_at":
            late = _cases.state.in_(sorted(WAITING)) & (_cases.due_at < value) & ~_cases.replay
            statement = statement.where(late)
        elif name in ("open_only", "waiting_only"):
            states = OPEN if name == "open_only" else WAITING
            statement = statement.where(_cases.state.in_(sorted(states))) if value else statement
        elif name == "unassigned":
            statement = statement.where(_cases.assignee.is_(None)) if value else statement
        elif name == "reopened_at_least":
            statement = statement.where(_cases.case_key.in_(reopenings.opened_again(value)))
        elif name == "case_keys":
            statement = statement.where(_cases.case_key.in_(sorted(value)))
        elif name == "but":
            statement = statement.where(_cases.case_key.not_in(sorted(value)))
        elif name == "queue_of":
            user, department = value
            free = _cases.assignee.is_(None) if department is None else _cases.assignee.is_(None) & (_cases.department == department)
            statement = statement.where((_cases.assignee == user) | free)
        elif name == "text":
            columns = (_cases.title, _cases.place, _cases.case_key)
            statement = statement.where(or_(*(column.icontains(value, autoescape=True) for column in columns)))
        elif name == "located":
            statement = statement.where(_cases.lat.is_not(None) if value else _cases.lat.is_(None))
        elif name == "topic_asked":
            statement = statement.where(_cases.topic_guess.is_not(None) if value else _cases.topic_guess.is_(None))
        elif name == "area":
            statement = statement.where(in_area(_cases.lat, _cases.lon, value))
        elif name == "merged":
            statement = statement.where((_cases.state == "merged") == value)
        elif name == "example":
            is_example = _cases.source.startswith(EXAMPLE, autoescape=True)
            statement = statement.where(is_example if value else ~is_example)
        else:
            statement = statement.where(_cases[name] == value)
    return statement


def case_record(ledger: Ledger, case_key: str) -> CaseRecord | None:
    """Return one case; None when there is none with this key."""
    with ledger.read() as connection:
        row = connection.execute(select_case_records().where(_cases.case_key == case_key)).one_or_none()
    return None if row is None else case_record_of(row)


def transitions(ledger: Ledger, case_key: str, since: int | None = None) -> list[Transition]:
    """List the steps of a case in order; `since`: after this revision."""
    steps = schema.transitions.c
    statement = select(*(steps[name] for name in Transition.model_fields)).where(steps.case_key == case_key)
    if since is not None:
        statement = statement.where(steps.revision > since)
    with ledger.read() as connection:
        return [Transition(**row) for row in connection.execute(statement.order_by(steps.id)).mappings()]


def notes(ledger: Ledger, case_key: str, since: int | None = None) -> list[Note]:
    """List the notes on a case, oldest first; `since`: after this revision."""
    table = schema.notes.c
    statement = select(*(table[name] for name in Note.model_fields)).where(table.case_key == case_key)
    if since is not None:
        statement = statement.where(table.revision > since)
    with ledger.read() as connection:
        return [Note(**row) for row in connection.execute(statement.order_by(table.id)).mappings()]


def deliveries(ledger: Ledger, case_key: str) -> list[DeliveryState]:
    """List the deliveries of a case, oldest first."""
    return _deliveries(ledger, schema.deliveries.c.case_key == case_key)


def delivery_problems(ledger: Ledger) -> list[DeliveryState]:
    """List the deliveries that are refused, unknown, or lost their ticket."""
    return _deliveries(ledger, schema.deliveries.c.state.in_(("unknown", "refused", "gone")))


def _deliveries(ledger: Ledger, which: ColumnElement[bool]) -> list[DeliveryState]:
    table = schema.deliveries.c
    statement = select(*(table[name] for name in DeliveryState.model_fields)).where(which).order_by(table.id)
    with ledger.read() as connection:
        return [DeliveryState(**row) for row in connection.execute(statement).mappings()]
