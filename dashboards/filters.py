"""What a panel counts, as a condition that reads the same to the search engine, to Kibana and to Python."""

from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import Field

from core.read_models import CaseRecord, PostRecord
from core.records import Record
from dashboards.window import Window

Json = dict[str, Any]


class Is(Record):
    """The field has this value."""

    kind: Literal["is"] = "is"
    field: str
    value: str | bool


class Has(Record):
    """The field has any value."""

    kind: Literal["has"] = "has"
    field: str


class Between(Record):
    """The time lies this many days before now: from `oldest` (in) to `newest` (out); None: without that end."""

    kind: Literal["between"] = "between"
    field: str
    oldest: int | None = None
    newest: int | None = None
    whole_days: bool = False
    """Count from midnight of the city's days, not from this hour."""


class Not(Record):
    """The condition does not hold; also where the field has no value."""

    kind: Literal["not"] = "not"
    condition: "Condition"


class Either(Record):
    """At least one holds."""

    kind: Literal["either"] = "either"
    conditions: tuple["Condition", ...]


Condition = Annotated[Is | Has | Between | Not | Either, Field(discriminator="kind")]
Not.model_rebuild()
Either.model_rebuild()


def _moment(condition: Between, days: int, view: Window) -> datetime:
    return view.midnight(days) if condition.whole_days else view.now - timedelta(days=days)


def dsl(condition: Condition, view: Window) -> Json:
    """As the search engine asks it."""
    match condition:
        case Is():
            return {"term": {condition.field: {"value": condition.value}}}
        case Has():
            return {"exists": {"field": condition.field}}
        case Between():
            return {"range": {condition.field: {name: at.isoformat() for name, at in _ends(condition, view)}}}
        case Not():
            return {"bool": {"must_not": [dsl(condition.condition, view)]}}
        case Either():
            return {"bool": {"should": [dsl(one, view) for one in condition.conditions], "minimum_should_match": 1}}


def _ends(condition: Between, view: Window) -> list[tuple[str, datetime]]:
    ends = [("gte", condition.oldest), ("lt", condition.newest)]
    return [(name, _moment(condition, days, view)) for name, days in ends if days is not None]


def holds(condition: Condition, fact: PostRecord | CaseRecord, view: Window) -> bool:
    """Whether it is true of this post or case."""
    match condition:
        case Is():
            return bool(getattr(fact, condition.field) == condition.value)
        case Has():
            return getattr(fact, condition.field) is not None
        case Between():
            at: datetime | None = getattr(fact, condition.field)
            return at is not None and all(
                at >= end if name == "gte" else at < end for name, end in _ends(condition, view)
            )
        case Not():
            return not holds(condition.condition, fact, view)
        case Either():
            return any(holds(one, fact, view) for one in condition.conditions)


def kql(condition: Condition) -> str:
    """As Kibana's own search line asks it; times stay relative to the moment of looking."""
    match condition:
        case Is():
            value = str(condition.value).lower() if isinstance(condition.value, bool) else f'"{condition.value}"'
            return f"{condition.field}: {value}"
        case Has():
            return f"{condition.field}: *"
        case Between():
            rounding = "/d" if condition.whole_days else ""
            ends = ((">=", condition.oldest), ("<", condition.newest))
            return " and ".join(
                f'{condition.field} {sign} "now{f"-{days}d" if days else ""}{rounding}"'
                for sign, days in ends
                if days is not None
            )
        case Not():
            return f"not ({kql(condition.condition)})"
        case Either():
            return "(" + " or ".join(f"({kql(one)})" for one in condition.conditions) + ")"
