"""Write one report of each kind about the example month.

Without it the demonstration shows no report before the first one of the schedule. Each kind covers its last complete period before the
end of the example month, so a later start writes no second one. `example` marks the event and saves the view that two kinds need; both
are named as examples, are made once, and stay as people leave them.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from urllib.parse import parse_qsl, urlencode

from core.config.profile.reports import CALENDAR, Scope
from core.i18n.display_names import display_name
from core.i18n.translate import translator
from core.records.marked_event import EventFields
from core.records.read_models import PostRecord
from core.runtime.failpoints import failpoint
from ledger import leases, read
from pipeline import marked_events, saved_views
from pipeline.city.example_history import shows_examples
from pipeline.city.example_office import WHO
from pipeline.context import Context, now, worker
from pipeline.steps.report import report_asked
from reports.build.asked import Asked, interval_of
from reports.build.period import last_period
from reports.publish import kinds_written

LEASE_NAME = "example reports"
LEASE = timedelta(minutes=10)
"""The most time that one report may take; the lease is renewed before each."""
DAY, WEEK_DAYS = timedelta(days=1), 7
EVENT_NAME, VIEW_NAME = "Example: {service}, {place}", "Example: complaints, {service}"
WHOLE = "other"
"""The service of posts about none."""


def write_example_reports(context: Context) -> int:
    """Write the kinds of report that are missing; return how many.

    None are written where the example month is off, or not triaged yet.
    """
    if not shows_examples(context):
        return 0
    if not leases.hold(context.ledger, LEASE_NAME, worker(), now(), LEASE):
        return 0  # another process writes them
    try:
        return _write_all(context, list(read.post_records(context.ledger, example=True)))
    finally:
        leases.release(context.ledger, LEASE_NAME, worker())


def _write_all(context: Context, posts: Sequence[PostRecord]) -> int:
    if not posts:
        return 0
    ended, written = max(one.created_at for one in posts), 0
    _mark_event(context, posts, ended)
    _save_view(context, posts)
    done = kinds_written(context.settings, context.city.languages)
    for asked in _wanted(context, ended):
        if asked.kind in done or not _has_posts(context, asked):
            continue
        leases.hold(context.ledger, LEASE_NAME, worker(), now(), LEASE)
        written += report_asked(context, asked, context.city.languages)["written"] > 0
        failpoint("example.reported")
    return written


def _has_posts(context: Context, asked: Asked) -> bool:
    interval = interval_of(asked, context.city.zone, now())
    return read.count_posts(context.ledger, since=interval.start, until=interval.end) > 0


def _wanted(context: Context, ended: datetime) -> Iterator[Asked]:
    """Yield a report of each kind, the shortest period first."""
    zone = context.city.zone
    for kind, span in CALENDAR.items():
        yield Asked(kind=kind, first=last_period(span, zone, ended).start.astimezone(zone).date())
    last = _last_day(context, ended)
    first = last - (WEEK_DAYS - 1) * DAY
    event = next((one for one in read.marked_events(context.ledger) if one.changed_by == WHO), None)
    if event is not None:
        of_event = Scope(topic=event.topic, district=event.district)
        department = context.city.department(event.topic).name
        yield Asked(kind="event", posts=of_event, first=event.first_day, last=event.last_day)
        yield Asked(kind="department", posts=Scope(department=department), first=first, last=last)
        yield Asked(kind="district", posts=Scope(district=event.district), first=first, last=last)
    view = next((one for one in read.saved_views(context.ledger, WHO, "posts") if one.owner == WHO), None)
    if view is not None:
        yield Asked(kind="view", posts=Scope(**dict(parse_qsl(view.query))), first=first, last=last)


def _last_day(context: Context, ended: datetime) -> date:
    """Return the last complete day of the example month."""
    return ended.astimezone(context.city.zone).date() - DAY


def _mark_event(context: Context, posts: Sequence[PostRecord], ended: datetime) -> None:
    """Mark what most posts of one day, service and district are about.

    It lasts as long as each following complete day has such posts.
    """
    if any(read.audit_lines(context.ledger, who=WHO, what="event_marked")):
        return
    last_day, zone = _last_day(context, ended), context.city.zone
    days = Counter(
        (one.topic, one.district, one.created_at.astimezone(zone).date())
        for one in posts
        if one.topic not in (None, WHOLE) and one.district is not None
    )
    before = min(one.created_at for one in posts).astimezone(zone).date() + WEEK_DAYS * DAY
    whole = [key for key in days if key[2] <= last_day]
    found = [key for key in whole if key[2] >= before] or whole  # with a week to compare it with
    if not found:
        return
    topic, district, first = max(found, key=lambda key: (days[key], -key[2].toordinal(), key[0], key[1]))
    last = first
    while last < last_day and days[topic, district, last + DAY]:
        last += DAY
    places = Counter(one.place for one in posts if (one.topic, one.district) == (topic, district) and one.place)
    place = min(places, key=lambda name: (-places[name], name)) if places else district
    name = _name_of_view(context, EVENT_NAME, topic, place)
    fields = EventFields(name=name, first_day=first, last_day=last, topic=topic, district=district)
    marked_events.add(context, fields, WHO)


def _save_view(context: Context, posts: Sequence[PostRecord]) -> None:
    """Save the view of complaints about the service with the most.

    Everyone sees it, and it sends no alerts.
    """
    if any(read.audit_lines(context.ledger, who=WHO, what="view_saved")):
        return
    topics = Counter(one.topic for one in posts if one.intent == "complaint" and one.topic not in (None, WHOLE))
    if not topics:
        return
    topic = min(topics, key=lambda name: (-topics[name], name))
    query = urlencode({"topic": topic, "intent": "complaint"})
    saved_views.save(context, WHO, "posts", _name_of_view(context, VIEW_NAME, topic), query, shared=True)


def _name_of_view(context: Context, template: str, topic: str, place: str = "") -> str:
    language = context.city.languages[0]
    name = translator(language, "escucha")(template)
    return name.format(service=display_name("topic", topic, language), place=place)[: saved_views.LONGEST_NAME]
