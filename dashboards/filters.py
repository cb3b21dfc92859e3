"""Define filter conditions for Elasticsearch, Kibana and Python alike."""

from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import Field

from core.records import Record
from core.records.read_models import CaseRecord, PostRecord
from dashboards.window import Window

Json = dict[str, Any]


class Is(Record):
    """Match records whose field has this value, among others or alone."""

    kind: Literal["is"] = "is"
    field: str
    value: str | bool


class Has(Record):
    """Match records whose field has a value; an empty list is none."""

    kind: Literal["has"] = "has"
    field: str


class Between(Record):
    """Match times from `oldest` days ago (inclusive) to `newest` (exclusive).

    None leaves that end open.
    """

    kind: Literal["between"] = "between"
    field: str
    oldest: int | None = None
    newest: int | None = None
    whole_days: bool = False
    """Count whole days of the city, from midnight; otherwise 24-hour spans from now."""


class Among(Record):
    """Match records whose field has one of these values."""

    kind: Literal["among"] = "among"
    field: str
    values: frozenset[str]


class Not(Record):
    """Match records that the condition does not match, missing values included."""

    kind: Literal["not"] = "not"
    condition: "Condition"


class Either(Record):
    """Match records for which at least one condition holds."""

    kind: Literal["either"] = "either"
    conditions: tuple["Condition", ...]


Condition = Annotated[Is | Has | Between | Among | Not | Either, Field(discriminator="kind")]
Not.model_rebuild()
Either.model_rebuild()


OF_POSTS_ONLY = frozenset({"language", "intent", "sentiment"})
"""Filters of a user that a case has no field for."""
KEYS = {"posts": "post_id", "cases": "case_key"}


def of_view(index: str, view: Window) -> list[Condition]:
    """Return the conditions that a view sets for all records.

    They are the filters, the area, and that nothing is replayed.
    """
    found: list[Condition] = [] if view.replay else [Is(field="replay", value=False)]
    found += [Is(field=field, value=value) for field, value in view.filters if index == "posts" or field not in OF_POSTS_ONLY]
    if view.within is not None:
        found.append(Among(field=KEYS[index], values=view.within[index == "cases"]))
    return found


def _boundary(condition: Between, days: int, view: Window) -> datetime:
    return view.midnight(days) if condition.whole_days else view.now - timedelta(days=days)


def dsl(condition: Condition, view: Window) -> Json:
    """Convert a condition into an Elasticsearch query clause."""
    match condition:
        case Is():
            return {"term": {condition.field: {"value": condition.value}}}
        case Has():
            return {"exists": {"field": condition.field}}
        case Between():
            return {"range": {condition.field: {name: at.isoformat() for name, at in _boundaries(condition, view)}}}
        case Among():
            return {"terms": {condition.field: sorted(condition.values)}}
        case Not():
            return {"bool": {"must_not": [dsl(condition.condition, view)]}}
        case Either():
            return {"bool": {"should": [dsl(one, view) for one in condition.conditions], "minimum_should_match": 1}}


def _boundaries(condition: Between, view: Window) -> list[tuple[str, datetime]]:
    boundaries = [("gte", condition.oldest), ("lt", condition.newest)]
    return [(name, _boundary(condition, days, view)) for name, days in boundaries if days is not None]


def holds(condition: Condition, record: PostRecord | CaseRecord, view: Window) -> bool:
    """Return True when the condition matches this post or case."""
    match condition:
        case Is():
            value = getattr(record, condition.field)
            return condition.value in value if isinstance(value, tuple) else bool(value == condition.value)
        case Has():
            return getattr(record, condition.field) not in (None, ())
        case Between():
            at: datetime | None = getattr(record, condition.field)
            return at is not None and all(at >= end if name == "gte" else at < end for name, end in _boundaries(condition, view))
        case Among():
            return getattr(record, condition.field) in condition.values
        case Not():
            return not holds(condition.condition, record, view)
        case Either():
            return any(holds(one, record, view) for one in condition.conditions)


def kql(condition: Condition) -> str:
    """Convert a condition into Kibana's query language (KQL).

    Times stay relative to the moment of the query.

    >>> kql(Not(condition=Is(field="spam", value=True)))
    'not (spam: true)'
    >>> kql(Between(field="created_at", oldest=7))
    'created_at >= "now-7d"'
    """
    match condition:
        case Is():
            value = str(condition.value).lower() if isinstance(condition.value, bool) else f'"{condition.value}"'
            return f"{condition.field}: {value}"
        case Has():
            return f"{condition.field}: *"
        case Between():
            rounding = "/d" if condition.whole_days else ""
            boundaries = ((">=", condition.oldest), ("<", condition.newest))
            return " and ".join(
                f'{condition.field} {sign} "now{f"-{days}d" if days else ""}{rounding}"' for sign, days in boundaries if days is not None
            )
        case Among():
            return f"{condition.field}: (" + " or ".join(f'"{value}"' for value in sorted(condition.values)) + ")"
        case Not():
            return f"not ({kql(condition.condition)})"
        case Either():
            return "(" + " or ".join(f"({kql(one)})" for one in condition.conditions) + ")"
