"""Define what a report is asked for: kind, posts and days."""

import hashlib
import re
import unicodedata
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from core.config.city import City
from core.config.profile.reports import CALENDAR, NEEDS, Report, ReportKind, Scope, Span
from core.errors import ChangeRefusedError, ConfigurationError
from core.records import Record
from reports.build.period import Interval, calendar_period, days_between, last_closed, last_period

LONGEST_DAYS = 366
LONGEST_NAME = 40
"""Characters of the filters in the name of a report; a hash replaces the rest."""


class Asked(Record):
    """Say which report is wanted.

    Without `first` it covers the last complete period.
    """

    kind: ReportKind
    posts: Scope = Scope()
    period: Span = "week"
    """Of the kinds `department`, `district` and `view` without days."""
    first: date | None = None
    """First day; of a calendar kind, any day of its day, week or month."""
    last: date | None = None
    """Last day, inclusive; None for calendar kinds."""

    @property
    def name(self) -> str:
        """Return the name of its folder.

        >>> Asked(kind="department", posts=Scope(department="Vías públicas")).name
        'department-vias-publicas'
        >>> Asked(kind="weekly").name
        'weekly'
        """
        words = "-".join(self.posts.values.values())
        plain = unicodedata.normalize("NFKD", words).encode("ascii", "ignore").decode().lower()
        slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
        if len(slug) > LONGEST_NAME or (words and not slug):
            slug = f"{slug[:30].rstrip('-')}-{hashlib.sha256(words.encode()).hexdigest()[:8]}".lstrip("-")
        return f"{self.kind}-{slug}" if slug else self.kind


def asked_in_profile(name: str, report: Report) -> Asked | None:
    """Return what a table of the profile asks for.

    None: a report from one run of its schedule to the next, about all posts.
    """
    kind = report.kind or next((one for one in CALENDAR if one == name), None)
    if kind is None and not report.posts.values:
        return None
    return Asked(kind=kind or "view", posts=report.posts, period=report.period)


def interval_in_profile(city: City, name: str, now: datetime) -> Interval:
    """Return the last complete interval of a report of the profile."""
    report = city.reports[name]
    asked = asked_in_profile(name, report)
    return last_closed(report.schedule, city.zone, now) if asked is None else interval_of(asked, city.zone, now)


def due_at(city: City, name: str, now: datetime) -> datetime:
    """Return when a report of the profile was last due."""
    return last_closed(city.reports[name].schedule, city.zone, now).end


def check_asked(asked: Asked, city: City) -> None:
    """Check what the records alone cannot.

    Raises:
        ConfigurationError: the kind needs a name, or the department does not exist.
    """
    given = asked.posts.values
    for name in NEEDS.get(asked.kind, ()):
        if name not in given:
            raise ConfigurationError(f"a report of the kind '{asked.kind}' needs --{name} NAME")
    names = [one.name for one in city.departments]
    if asked.posts.department is not None and asked.posts.department not in names:
        raise ConfigurationError(f"there is no department '{asked.posts.department}'; known: {', '.join(names)}")
    if asked.kind == "event" and (asked.first is None or asked.last is None):
        raise ConfigurationError("a report of the kind 'event' needs its days: --from DAY --to DAY")
    if asked.kind in CALENDAR and asked.last is not None:
        raise ConfigurationError(
            f"--to is not for the kind '{asked.kind}': give --from with any day of the {CALENDAR[asked.kind]} you want"
        )


def interval_of(asked: Asked, zone: ZoneInfo, now: datetime) -> Interval:
    """Return the interval of a report.

    Raises:
        ConfigurationError: it has not ended yet (ChangeRefusedError), its days are not in order, or it is too long.
    """
    span = CALENDAR.get(asked.kind, asked.period)
    if asked.first is None:
        if asked.last is not None:
            raise ConfigurationError("--to needs --from: the first day")
        return last_period(span, zone, now)
    if asked.last is None:
        found = calendar_period(span, asked.first, zone)
    else:
        if asked.last < asked.first:
            raise ConfigurationError(f"--to {asked.last} is before --from {asked.first}")
        if (asked.last - asked.first).days >= LONGEST_DAYS:
            raise ConfigurationError(f"a report covers at most {LONGEST_DAYS} days; --from and --to are further apart")
        found = days_between(asked.first, asked.last, zone)
    if found.end > now:
        last = found.end.astimezone(zone).date() - timedelta(days=1)
        today = now.astimezone(zone).date()
        raise ChangeRefusedError(
            "the period has not ended: its last day is {last}, and the last complete day is {complete}",
            last=str(last),
            complete=str(today - timedelta(days=1)),
        )
    return found
