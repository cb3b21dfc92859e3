"""Query cases for publication: only fields that may leave the council.

No text of a post is selected except the title, and neither assignee, note, reason nor author.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypedDict, Unpack

from sqlalchemy import ColumnElement, ScalarSelect, Select, false, func, or_, select, true

from core.records import Record, UtcDatetime
from core.records.area import Area, Box
from core.records.post import EXAMPLE
from ledger import schema
from ledger.database import Ledger
from ledger.read.posts.areas import in_area

_cases = schema.cases.c
_FIELDS = tuple(
    """
    case_key title topic topic_guess department state received_at due_at place district barrio lat lon source sources merged_into
    authors
    """.split()
)


class PublishedCase(Record):
    """Hold what may be published of a case.

    The profile decides how much is."""

    case_key: str
    title: str
    topic: str
    department: str
    state: str
    received_at: UtcDatetime
    due_at: UtcDatetime
    updated_at: UtcDatetime
    """Time of its last step or change."""
    place: str | None
    district: str | None
    barrio: str | None
    lat: float | None
    lon: float | None
    source: str
    """Channel of the post that opened it."""
    sources: tuple[str, ...]
    """Channels of its posts; none once it was merged."""
    merged_into: str | None
    authors: int
    """People who report it."""
    topic_guess: str | None
    """What the model guesses while the service is not decided. Never published: it only keeps back what that service would."""

    @property
    def topic_asked(self) -> bool:
        """Tell whether the service is not decided yet."""
        return self.topic_guess is not None


class PublishedFilters(TypedDict, total=False):
    """Describe filters for published cases; None: not set."""

    keys: Sequence[str] | None
    topics: Sequence[str] | None
    unless_guessed: Sequence[str] | None
    """Leave out cases whose service is guessed to be one of these topics."""
    states: Sequence[str] | None
    since: datetime | None
    """Received at this moment or later."""
    until: datetime | None
    """Received before this moment."""
    updated_since: datetime | None
    updated_until: datetime | None
    example: bool | None
    """Of posts written as an example, or not."""
    min_authors: int | None
    """Reported by at least this number of people, or published by a person."""
    box: Box | None
    """Whose point lies in it."""
    withheld: bool | None
    """True: also those that a person keeps off the pages, for the one whose report it is."""


def published_cases(ledger: Ledger, limit: int | None = None, offset: int = 0, **filters: Unpack[PublishedFilters]) -> list[PublishedCase]:
    """Return the cases that match all filters, newest first.

    Cases that a person keeps off the pages are left out. Cases replayed from an archive are never published; examples, replayed too, are
    left to the filter `example`.
    """
    stepped = _last(schema.transitions.c.at, schema.transitions.c.case_key)
    changed = _last(schema.case_changes.c.at, schema.case_changes.c.case_key)
    statement = select(*(_cases[name] for name in _FIELDS), stepped.label("stepped_at"), changed.label("changed_at")).where(
        or_(~_cases.replay, _cases.source.startswith(EXAMPLE, autoescape=True))
    )
    statement = _filtered(statement, filters, stepped, changed)
    statement = statement.order_by(_cases.received_at.desc(), _cases.case_key.desc()).limit(limit).offset(offset)
    with ledger.read() as connection:
        return [_published(row) for row in connection.execute(statement).mappings()]


def _published(row: Any) -> PublishedCase:
    times = [at for at in (row["received_at"], row["stepped_at"], row["changed_at"]) if at is not None]
    fields = {name: row[name] for name in _FIELDS}
    return PublishedCase(**fields, updated_at=max(times))


def _last(at: ColumnElement[datetime], case_key: ColumnElement[str]) -> ScalarSelect[datetime]:
    return select(func.max(at)).where(case_key == _cases.case_key).correlate(schema.cases).scalar_subquery()


def _filtered(
    statement: Select[Any], filters: PublishedFilters, stepped: ScalarSelect[datetime], changed: ScalarSelect[datetime]
) -> Select[Any]:
    given: dict[str, Any] = {name: value for name, value in filters.items() if value is not None}
    columns = {"keys": _cases.case_key, "topics": _cases.topic, "states": _cases.state}
    for name, value in given.items():
        if name in columns:
            statement = statement.where(columns[name].in_(list(value)))
        elif name == "unless_guessed":
            statement = statement.where(func.coalesce(_cases.topic_guess, "").not_in(list(value)))
        elif name == "since":
            statement = statement.where(_cases.received_at >= value)
        elif name == "until":
            statement = statement.where(_cases.received_at < value)
        elif name == "updated_since":
            statement = statement.where(or_(_cases.received_at >= value, stepped >= value, changed >= value))
        elif name == "updated_until":
            not_yet = or_(changed.is_(None), changed < value), or_(stepped.is_(None), stepped < value)
            statement = statement.where(_cases.received_at < value, *not_yet)
        elif name == "min_authors":
            statement = statement.where((_cases.authors >= value) | func.coalesce(_cases.published, false()))
        elif name == "box":
            statement = statement.where(in_area(_cases.lat, _cases.lon, Area(shapes=(value,))))
        elif name == "example":
            is_example = _cases.source.startswith(EXAMPLE, autoescape=True)
            statement = statement.where(is_example if value else ~is_example)
    if not given.get("withheld"):
        statement = statement.where(func.coalesce(_cases.published, true()))
    return statement
