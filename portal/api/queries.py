"""Define the parameters of the read API and their checks."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, WithJsonSchema, model_validator

from core.periods import FIRST_YEAR, LAST_YEAR, Preset, Window, window_of
from core.records import Record
from core.records.annotation import INTENTS, SENTIMENTS, TOPICS
from core.records.case import STATES
from core.records.kind import CASE_KINDS, KINDS
from ledger.read import CaseFilters, Population, PostFilters

MOST_ROWS = 500


def _known(values: Sequence[str]) -> Callable[[str], str]:
    def check(value: str) -> str:
        if value not in values:
            raise ValueError(f"unknown; one of: {', '.join(values)}")
        return value

    return check


def _printable(value: str) -> str:
    if not value.isprintable():
        raise ValueError("has characters that cannot be printed")
    return value


Topic = Annotated[str, AfterValidator(_known(TOPICS)), WithJsonSchema({"type": "string", "enum": [*TOPICS]})]
Intent = Annotated[str, AfterValidator(_known(INTENTS)), WithJsonSchema({"type": "string", "enum": [*INTENTS]})]
Tone = Annotated[str, AfterValidator(_known(SENTIMENTS)), WithJsonSchema({"type": "string", "enum": [*SENTIMENTS]})]
PostKind = Annotated[str, AfterValidator(_known(KINDS)), WithJsonSchema({"type": "string", "enum": [*KINDS]})]
CaseKind = Annotated[str, AfterValidator(_known(CASE_KINDS)), WithJsonSchema({"type": "string", "enum": [*CASE_KINDS]})]
State = Annotated[str, AfterValidator(_known(STATES)), WithJsonSchema({"type": "string", "enum": [*STATES]})]
DecisionKey = Literal["in_case", "in_review", "no_case", "untriaged"]
Words = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_printable)]
Search = Annotated[str, Field(min_length=1, max_length=2_000), AfterValidator(_printable)]
Name = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(_printable)]
Key = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
PageCursor = Annotated[str, Field(max_length=400, pattern=r"^[A-Za-z0-9_-]+$")]
Order = Literal["newest", "oldest"]
Dimension = Literal["topic", "district", "source", "language", "intent", "sentiment", "day", "week", "month"]
FIELDS = "fields such as `topic:noise after:2026-11-01`, which stand for the other parameters (typed searches)."
DAY_OF_CITY = "first and last: one or two days in order, such as 2026-11-01 and 2026-11-30, between 2000 and 2100"


class Query(Record):
    """Hold the checked parameters of a question; unknown ones are refused."""


class Period(Query):
    """Hold a period, by the city's calendar."""

    period: Preset | None = Field(None, description="A period up to now; `custom` takes `first`, `last` or both.")
    first: date | None = Field(None, description="First day of a period of your own.")
    last: date | None = Field(None, description="Last day of it, included.")

    @model_validator(mode="after")
    def _whole(self) -> Self:
        days = [one for one in (self.first, self.last) if one]
        if self.period == "custom" and not days:
            raise ValueError(DAY_OF_CITY)
        if days and self.period not in (None, "custom"):
            raise ValueError("a period and days cannot both be given: leave one out")
        if days != sorted(days) or not all(FIRST_YEAR <= one.year <= LAST_YEAR for one in days):
            raise ValueError(DAY_OF_CITY)
        return self

    def window(self, default: Preset, now: datetime, zone: ZoneInfo) -> Window:
        """Return the bounds of the period; none given: those of `default`."""
        if self.first or self.last:
            return window_of("custom", (self.first, self.last), now, zone)
        return window_of(self.period or default, None, now, zone)


class Paged(Query):
    """Hold how a list is returned."""

    order: Order = Field("newest", description="The newest or the oldest first.")
    limit: int = Field(100, ge=1, le=MOST_ROWS, description="Rows of one page.")
    after: PageCursor | None = Field(None, description="`next` of the page before; the other parameters must stay the same.")


class PostFilter(Period):
    """Hold the filters of posts: those of the desk."""

    topic: Topic | None = Field(None, description="The service.")
    district: Name | None = Field(None, description="Official name of the district.")
    source: Name | None = Field(None, description="The channel.")
    language: Name | None = Field(None, description="BCP 47 tag, such as `es`.")
    intent: Intent | None = Field(None, description="What the author wants.")
    sentiment: Tone | None = Field(None, description="The tone.")
    of: Population = Field("citizens", description="Which posts: of citizens about the city, or those set apart.")

    def filters(self, window: Window) -> PostFilters:
        """Return the filters of the ledger."""
        return PostFilters(
            since=window.since,
            until=window.until,
            topic=self.topic,
            district=self.district,
            source=self.source,
            language=self.language,
            intent=self.intent,
            sentiment=self.sentiment,
        )


class PostQuery(Paged, PostFilter):
    """Ask for posts."""

    q: Search | None = Field(None, description=f"Words, searched in public posts (best match first, one page), and {FIELDS}")
    decision: DecisionKey | None = Field(None, description="What became of the post.")
    kind: PostKind | None = Field(None, description="Kind of the message.")

    @model_validator(mode="after")
    def _one_page(self) -> Self:
        if self.q is not None and self.after is not None:
            raise ValueError("q returns one page: leave out `after`, and narrow the period or raise `limit`")
        return self


class PostOf(Query):
    """Ask for one post."""

    post_id: Key = Field(description="Id of the post.")


class CaseQuery(Paged, Period):
    """Ask for cases. The period is that of their opening."""

    topic: Topic | None = Field(None, description="The service.")
    district: Name | None = Field(None, description="Official name of the district.")
    source: Name | None = Field(None, description="Channel of the first post.")
    department: Name | None = Field(None, description="The department.")
    q: Search | None = Field(None, description=f"Only {FIELDS}")
    state: State | None = Field(None, description="The state.")
    kind: CaseKind | None = Field(None, description="Kind of the case.")
    waiting: bool = Field(False, description="Only new, assigned and acknowledged cases: a citizen waits for an answer.")
    overdue: bool = Field(False, description="Only cases that wait past their due date.")

    def filters(self, window: Window, now: datetime) -> CaseFilters:
        """Return the filters of the ledger."""
        return CaseFilters(
            since=window.since,
            until=window.until,
            topic=self.topic,
            district=self.district,
            source=self.source,
            department=self.department,
            state=self.state,
            kind=self.kind,
            waiting_only=self.waiting,
            overdue_at=now if self.overdue else None,
        )


class CaseOf(Query):
    """Ask for one case."""

    case_key: Key = Field(description="Number of the case.")


class CountQuery(PostFilter):
    """Ask how many posts there are, by one field."""

    q: Search | None = Field(None, description=f"Only {FIELDS}")
    by: Dimension = Field("topic", description="The field or the stretch of time to count by.")


class WarningQuery(Query):
    """Ask for early warnings, the newest first."""

    open: bool = Field(False, description="Only those that still go on.")
    limit: int = Field(50, ge=1, le=100, description="The most rows to return.")


class AnswerQuery(Query):
    """Ask for the known answers of the city."""

    q: Words | None = Field(None, description="A question: the five nearest answers, best first. Without it: all.")


class NoQuery(Query):
    """Take no parameters."""
