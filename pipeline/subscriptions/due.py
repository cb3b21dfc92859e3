"""Find the due period of a subscription, by the city's clock."""

from datetime import datetime
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

from croniter import croniter

from core.records.subscription import Subscription
from ledger.database import Ledger
from reports.build.period import Interval, last_closed
from reports.build.waiting import count_waiting, waits
from reports.requested import FILTERED, Request


def due_period(one: Subscription, zone: ZoneInfo, now: datetime) -> Interval | None:
    """Return the latest due period; None: none yet.

    A weekly report covers the seven days before its day, a monthly one the calendar month. After a pause only the latest is due.
    """
    due_at = last_due(one, zone, now)
    return None if due_at < one.since else last_closed(one.bounds, zone, due_at)


def waits_for(ledger: Ledger, one: Subscription, period: Interval, zone: ZoneInfo, now: datetime) -> int:
    """Return for how many unread posts a mail waits.

    0: it is sent now. A mail of an earlier period has waited long enough. That of response times has no period.
    """
    if one.report not in FILTERED or period.end != last_closed(one.bounds, zone, last_due(one, zone, now)).end:
        return 0
    unread = count_waiting(ledger, period, filters_of(one).get("source"))
    return unread if waits(unread, last_due(one, zone, now), now) else 0


def last_due(one: Subscription, zone: ZoneInfo, now: datetime) -> datetime:
    """Return when a mail of a subscription was last due."""
    return last_closed(one.schedule, zone, now).end


def next_due(one: Subscription, zone: ZoneInfo, now: datetime) -> datetime:
    """Return when the next mail of a subscription is due."""
    runs = croniter(one.schedule, now.astimezone(zone).replace(tzinfo=None))
    on_the_clock: datetime = runs.get_next(datetime)
    return on_the_clock.replace(tzinfo=zone)


def filters_of(one: Subscription) -> dict[str, str]:
    """Return the filters of a subscription by their names."""
    return dict(parse_qsl(one.filter))


def request_of(one: Subscription, period: Interval) -> Request:
    """Return the report that a subscription asks for."""
    return Request(kind=one.report, interval=period, every=one.every, filters=filters_of(one), language=one.language)


def sample_period(one: Subscription, zone: ZoneInfo, now: datetime) -> Interval:
    """Return the last complete period, for a preview."""
    return last_closed(one.bounds, zone, now)
