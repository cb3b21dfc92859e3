"""Compute the figures of the first page under the lens."""

import math
from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from core.records.read_models import PostRecord
from desk.lens import Lens, Window
from desk.lens.counting import LensCounts
from desk.shell import LensBar
from desk.state import Desk
from ledger import read

BAR = LensBar("7d", compares=True)
DAY = timedelta(days=1)
USUAL_DAYS = 28
"""Days before a period that tell what is usual."""
MIN_DAYS, MAX_DAYS = 14, 62
"""Days of the timeline."""
RISING_FROM = 3
"""Fewer complaints than this may be chance."""
TOP = 5


@dataclass(frozen=True)
class Rising:
    """Describe a service with more complaints than usual."""

    topic: str
    complaints: int
    usual: float
    """Mean of as many days in the four weeks before."""
    days: tuple[int, ...]
    """Complaints of each of the last days, for the sparkline."""
    example: PostRecord | None


@dataclass(frozen=True)
class Figures:
    """Hold the counts of the first page."""

    posts: int
    complaints: int
    spam: int
    posts_before: int | None
    """None: nothing to compare with."""
    complaints_before: int | None
    before: Window
    by_district: dict[str, int]
    rising: list[Rising]


@dataclass(frozen=True)
class Day:
    """Hold one bar of the timeline."""

    on: date
    posts: int
    complaints: int
    low: float
    high: float
    """Usual range: lowest and highest of the same weekday in the four weeks before."""


def figures(desk: Desk, lens: Lens, moment: datetime) -> Figures:
    """Count posts and complaints of the period, before it, and by district."""
    zone, counts = desk.context.city.zone, LensCounts(desk.counts, lens)
    window, before = lens.window(moment, zone), lens.compared(moment, zone)
    chosen = lens.filters
    complaining = {**chosen, "intent": "complaint"}
    posts, by_facet = counts.facets(chosen, since=window.since, until=window.until)
    complaints, of_complaints = counts.facets(complaining, since=window.since, until=window.until)
    posts_before = complaints_before = None
    if before.since is not None:
        posts_before = counts.count(chosen, since=before.since, until=before.until)
        complaints_before = counts.count(complaining, since=before.since, until=before.until)
    return Figures(
        posts=posts,
        complaints=complaints,
        spam=counts.count(chosen, of="spam", since=window.since, until=window.until),
        posts_before=posts_before,
        complaints_before=complaints_before,
        before=before,
        by_district=by_facet["district"],
        rising=_rising(desk, lens, moment, of_complaints["topic"]),
    )


def _rising(desk: Desk, lens: Lens, moment: datetime, complaints: dict[str, int]) -> list[Rising]:
    """Return the services that rise most above the usual."""
    zone, ledger = desk.context.city.zone, desk.context.ledger
    window = lens.window(moment, zone)
    if window.since is None:
        return []
    first, end = _day_of(window.since, zone), _day_of(window.until or moment, zone)
    length = max(1, (end - first).days + (0 if window.until else 1))
    bounds = _midnights(first - USUAL_DAYS * DAY, end, zone)
    by_topic: dict[str, Counter[int]] = {}
    for slot in LensCounts(desk.counts, lens).slots(bounds, {**lens.filters, "intent": "complaint"}):
        by_topic.setdefault(slot.topic or "", Counter())[slot.number] += slot.complaints
    found = []
    for topic, n in complaints.items():
        days = by_topic.get(topic, Counter())
        usual = sum(days[at] for at in range(USUAL_DAYS)) / USUAL_DAYS * length
        if n >= RISING_FROM and n > usual:
            last = range(max(0, len(bounds) - 1 - MIN_DAYS), len(bounds) - 1)
            found.append(Rising(topic, n, usual, tuple(days[at] for at in last), None))
    found.sort(key=lambda one: ((one.usual - one.complaints) / math.sqrt(one.usual + 1), one.topic))
    return [_with_example(ledger, lens, moment, zone, one) for one in found[:TOP]]


def _with_example(ledger: read.Ledger, lens: Lens, moment: datetime, zone: ZoneInfo, one: Rising) -> Rising:
    filters = lens.changed(topic=one.topic, intent="complaint").post_filters(moment, zone)
    example = next(iter(read.messages(ledger, limit=1, **filters)), None)
    return Rising(one.topic, one.complaints, one.usual, one.days, example)


def timeline(desk: Desk, lens: Lens, moment: datetime) -> list[Day]:
    """Count posts of each day of the period, with the usual range.

    It covers at least two weeks.
    """
    zone = desk.context.city.zone
    window = lens.window(moment, zone)
    end = _day_of(window.until - timedelta(microseconds=1) if window.until else moment, zone)
    shown = MAX_DAYS if window.since is None else (end - _day_of(window.since, zone)).days + 1
    shown = min(MAX_DAYS, max(MIN_DAYS, shown))
    first = end - (shown - 1) * DAY
    bounds = _midnights(first - USUAL_DAYS * DAY, end, zone)
    posts, complaints = Counter[int](), Counter[int]()
    for slot in LensCounts(desk.counts, lens).slots(bounds, lens.filters):
        posts[slot.number] += slot.posts
        complaints[slot.number] += slot.complaints
    days = []
    for at in range(USUAL_DAYS, USUAL_DAYS + shown):
        same = [posts[at - weeks * 7] for weeks in range(1, 5)]
        on = first + (at - USUAL_DAYS) * DAY
        days.append(Day(on, posts[at], complaints[at], min(same), max(same)))
    return days


def _day_of(moment: datetime, zone: ZoneInfo) -> date:
    return moment.astimezone(zone).date()


def _midnights(first: date, last: date, zone: ZoneInfo) -> list[datetime]:
    """Return the beginning of each day, and the end of the last."""
    return [datetime.combine(first + at * DAY, time(), zone) for at in range((last - first).days + 2)]
