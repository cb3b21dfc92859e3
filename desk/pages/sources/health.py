"""Compute how each source does: heard, expected, backlog, money, next run."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from statistics import median
from typing import Literal

from core.config.source_options import SpendingLimits
from desk.state import Desk
from ledger import read
from pipeline.context import Context
from pipeline.health.alarms import overdue
from pipeline.health.freshness import quiet_since
from pipeline.sources import Source

DAYS = 14
DAY = timedelta(days=1)
State = Literal["good", "late", "off", "new"]
"""`new`: it never ran."""


@dataclass(frozen=True)
class Bar:
    """Hold one day of the strip of a source."""

    on: date
    posts: int
    level: int
    """Height from 0 (no post) to 10 (the most of the fortnight)."""


@dataclass(frozen=True)
class SourceHealth:
    """Hold what the page shows of one source."""

    name: str
    table: str
    """Its table of the profile, which its DAG is named after."""
    off: str | None
    """Why it is switched off."""
    quiet: datetime | None
    """Since when it has been quiet for too long."""
    is_overdue: bool
    counts: read.SourceState | None
    """None: it never ran."""
    strip: tuple[Bar, ...]
    usual: float
    """Median of posts on a day of the fortnight, without today."""
    backlog: int
    spent: read.Spent
    limits: SpendingLimits
    next_run: datetime | None
    """When its schedule is due; None: it is off or never ran."""
    request: read.CollectRequest | None
    """A person wants it collected."""
    options: object

    @property
    def state(self) -> State:
        """Return its light."""
        if self.off:
            return "off"
        if self.counts is None:
            return "new"
        return "late" if self.quiet or self.is_overdue or self.has_failed else "good"

    @property
    def has_failed(self) -> bool:
        """Tell whether its last run ended with an error."""
        return self.counts is not None and self.counts.last_outcome not in (None, "done")

    @property
    def budget_share(self) -> float | None:
        """Return how much of the month's money is spent; None: no limit."""
        limit = self.limits.monthly_usd
        return None if not limit else min(1.0, self.spent.month_usd / limit)


def sources_health(desk: Desk, moment: datetime) -> list[SourceHealth]:
    """Return the state of each source, those in trouble first."""
    context, ledger = desk.context, desk.context.ledger
    counts = {one.source: one for one in read.sources(ledger)}
    days, backlog = _days(context, moment), read.backlog(ledger)
    by_day = read.posts_by_day(ledger, [datetime.combine(day, time(), context.city.zone) for day in days])
    late = {one.name for one in overdue(context, moment) if one.kind == "source"}
    requests = {one.source: one for one in read.collect_requests(ledger)}
    found = [
        SourceHealth(
            name=name,
            table=one.table or name,
            off=one.off,
            quiet=None if one.off or name not in counts else quiet_since(one, counts[name].heard_at, moment),
            is_overdue=name in late,
            counts=counts.get(name),
            strip=_strip(days, by_day.get(name, [0] * DAYS)),
            usual=median(by_day.get(name, [0] * DAYS)[:-1]),
            backlog=backlog.get(name, 0),
            spent=read.spent(ledger, name, moment),
            limits=one.options.spending_limits(),
            next_run=_next_run(one, counts.get(name)),
            request=requests.get(name),
            options=one.options,
        )
        for name, one in context.sources.items()
    ]
    return sorted(found, key=lambda one: ("late", "new", "good", "off").index(one.state))


def _days(context: Context, moment: datetime) -> list[date]:
    """Return the days of the strip, and the day after."""
    today = moment.astimezone(context.city.zone).date()
    return [today + DAY * (at - DAYS + 1) for at in range(DAYS + 1)]


def _strip(days: list[date], posts: list[int]) -> tuple[Bar, ...]:
    most = max(posts)
    return tuple(Bar(on, n, 0 if not n else max(1, round(10 * n / most))) for on, n in zip(days, posts, strict=False))


def _next_run(source: Source, counts: read.SourceState | None) -> datetime | None:
    if source.off or counts is None or counts.last_run_at is None:
        return None
    return counts.last_run_at + timedelta(minutes=source.options.every)
