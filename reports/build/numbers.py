"""Collect everything that a report is made of."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from core.config.city import City
from core.records.marked_event import EventFields
from ledger import read
from ledger.read import EarlyWarning, Ledger
from reports.build.aggregate import archives, count
from reports.build.apart import comparable_periods, sources_apart
from reports.build.asked import Asked
from reports.build.forecast import Outlook, build_outlook
from reports.build.headline import find_headline, find_junk
from reports.build.incident import find_incident
from reports.build.period import Interval
from reports.build.selection import Selection
from reports.build.statistics import Numbers
from reports.build.waiting import count_waiting

OUTLOOK_WITHIN = timedelta(days=31)
"""A report of an interval that ended longer ago has no forecast: what it would foresee has happened."""
MOST_WARNINGS = 100


def collect_numbers(
    city: City, ledger: Ledger, asked: Asked | None, interval: Interval, now: datetime, off: Mapping[str, Sequence[str]] | None = None
) -> Numbers:
    """Count an interval and compare it with what is usual.

    Args:
        city: the profile.
        ledger: the open ledger.
        asked: kind and posts; None: all posts, by the schedule alone.
        interval: what is counted.
        now: the moment of the forecast.
        off: configured sources that are off, with their missing variables.
    """
    scope = asked.posts if asked is not None else None
    chosen = Selection() if scope is None else Selection.of(scope, city)
    waiting = count_waiting(ledger, interval, chosen.scope.source)  # first: what is read meanwhile must not hide it
    reach = read.source_reach(ledger)
    chosen = replace(chosen, without=archives(reach))
    apart = sources_apart(ledger, reach, interval, city.zone, chosen, off or {})
    not_compared = chosen.without | {one.source for one in apart}
    periods, young = comparable_periods(reach, interval, city.zone, not_compared)
    compared = replace(chosen, without=not_compared | young)
    is_possible = any(one.source not in compared.without for one in reach)
    junk = find_junk(ledger, interval, periods, chosen)
    headline = find_headline(ledger, interval, city.zone, periods, compared, junk) if is_possible else None
    if headline is not None:
        headline = headline.model_copy(update={"of_all": not apart and not young})
    events = _events(city, ledger, interval, chosen)
    return count(ledger, city.zone, interval, off, chosen, apart).model_copy(
        update={
            "asked": asked,
            "waiting": waiting,
            "headline": headline,
            "incident": find_incident(ledger, interval, chosen, events, headline),
            "periods_known": len(periods),
            "junk": junk,
            "events": events,
            "warnings": _warnings(ledger, interval, chosen),
            "outlook": _outlook(city, ledger, interval, now, chosen, asked),
        }
    )


def _events(city: City, ledger: Ledger, interval: Interval, chosen: Selection) -> tuple[EventFields, ...]:
    first = interval.start.astimezone(city.zone).date()
    last = (interval.end - timedelta.resolution).astimezone(city.zone).date()
    found = read.marked_events(ledger, first=first, last=last, topic=chosen.scope.topic, district=chosen.scope.district)
    names = EventFields.model_fields
    return tuple(
        EventFields(**{name: getattr(one, name) for name in names})
        for one in reversed(found)
        if chosen.topics is None or not one.topic or one.topic in chosen.topics
    )


def _warnings(ledger: Ledger, interval: Interval, chosen: Selection) -> tuple[EarlyWarning, ...]:
    found = read.warnings(ledger, since=interval.start, limit=MOST_WARNINGS)
    return tuple(one for one in found if one.started_at < interval.end and _is_about(one, chosen))


def _is_about(one: EarlyWarning, chosen: Selection) -> bool:
    """Tell whether a warning names a service and district of the scope.

    A scope by other filters keeps all: a warning has no channel, language, intent or sentiment.
    """
    named = {part for kind, name in ((one.kind, one.subject), *one.also) for part in name.split("|") if kind != "word"}
    topics = {chosen.scope.topic} if chosen.scope.topic else chosen.topics
    in_topic = topics is None or bool(named & topics)
    return in_topic and (chosen.scope.district is None or chosen.scope.district in named)


def _outlook(city: City, ledger: Ledger, interval: Interval, now: datetime, chosen: Selection, asked: Asked | None) -> Outlook | None:
    """Return the forecast for the scope; None: the past, or an event."""
    if now - interval.end > OUTLOOK_WITHIN or (asked is not None and asked.kind == "event"):
        return None
    whole, scope = build_outlook(city, ledger, now, weeks=2, without=chosen.without), chosen.scope
    topics = frozenset({scope.topic}) if scope.topic else chosen.topics
    series = tuple(one for one in whole.series if one.district == scope.district and (topics is None or one.service in topics))
    due = tuple(one for one in whole.due if scope.department in (None, one.department))
    if scope.topic or scope.district or chosen.narrows_posts_only or scope.source:
        due = ()  # known by department alone
    return whole.model_copy(update={"series": series, "due": due})
