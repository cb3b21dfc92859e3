"""Define the tables `[reports.NAME]` of a profile, and the kinds of report."""

from functools import partial
from typing import Annotated, Literal, Self, get_args

from croniter import CroniterBadDateError, croniter
from pydantic import AfterValidator, Field, model_validator

from core.config.profile.tables import MailAddress
from core.i18n.languages import check_language
from core.records import Options
from core.records.annotation import INTENTS, SENTIMENTS, TOPICS

ReportKind = Literal["daily", "weekly", "monthly", "department", "district", "event", "view"]
KINDS: tuple[ReportKind, ...] = get_args(ReportKind)
Span = Literal["day", "week", "month"]
SPANS: tuple[Span, ...] = get_args(Span)
CALENDAR: dict[ReportKind, Span] = {"daily": "day", "weekly": "week", "monthly": "month"}
"""Kinds about a day, week or month of the calendar."""
ALLOWED = {"topic": TOPICS, "intent": INTENTS, "sentiment": SENTIMENTS}
NEEDS: dict[str, tuple[str, ...]] = {"department": ("department",), "district": ("district",)}
"""What a kind must name in `posts`."""


def _schedule(text: str) -> str:
    # croniter also takes seconds, aliases and random fields (H, R), which Airflow does not
    fields = text.split()
    if len(fields) != 5 or any(field[:1].upper() in "HR" for field in fields) or not croniter.is_valid(text):
        raise ValueError("not a cron schedule of five fields, such as '0 7 * * MON'")
    try:
        croniter(text).get_next()
    except CroniterBadDateError:
        raise ValueError("a schedule of a day that never comes, such as 30 February") from None
    return text


Schedule = Annotated[str, AfterValidator(_schedule)]
ReportLanguage = Annotated[str, AfterValidator(partial(check_language, room="reports"))]


class Scope(Options):
    """Limit a report to some posts, by filters of the desk."""

    department: str | None = None
    """Posts about the services of this department, and its cases."""
    topic: str | None = None
    """Service, such as `noise`."""
    district: str | None = None
    """District of the place that a post names."""
    source: str | None = None
    """Channel, such as `mastodon`."""
    language: str | None = None
    """Language of the posts, such as `ca`."""
    intent: str | None = None
    """Such as `complaint`."""
    sentiment: str | None = None
    """Such as `negative`."""

    @model_validator(mode="after")
    def _known(self) -> Self:
        for name, allowed in ALLOWED.items():
            value = getattr(self, name)
            if value is not None and value not in allowed:
                raise ValueError(f"unknown {name} '{value}'; allowed: {', '.join(allowed)}")
        return self

    @property
    def values(self) -> dict[str, str]:
        """Return the filters that are set."""
        return {name: value for name in type(self).model_fields if (value := getattr(self, name)) is not None}


class Report(Options):
    """Configure one report: kind, recipients, schedule and languages."""

    kind: ReportKind | None = None
    """None: the name of the table, where it is a kind; otherwise from one run of the schedule to the next."""
    posts: Scope = Scope()
    """Table `[reports.NAME.posts]`: only some posts."""
    period: Span = "week"
    """Of the kinds `department`, `district` and `view`: the last complete day, week or month."""
    to: tuple[MailAddress, ...] = ()
    """Mail addresses; empty: the report is written, not mailed."""
    schedule: Schedule
    """Cron, five fields, by the city's clock."""
    languages: tuple[ReportLanguage, ...] = Field(("es", "en"), min_length=1)
    """One file and one mail for each; es, en, ca, gl or eu."""

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.kind == "event":
            raise ValueError("kind: an event has its own days; use `escucha report --kind event --from DAY --to DAY`")
        for name in NEEDS.get(self.kind or "", ()):
            if name not in self.posts.values:
                raise ValueError(f"kind '{self.kind}' needs {name} in [reports.NAME.posts]")
        return self
