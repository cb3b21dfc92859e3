"""Mark events on timelines, and compare the posts before, during and after."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from core.errors import ConfigurationError
from core.records.annotation import TOPICS
from core.records.marked_event import EventFields
from desk.lens import Lens
from desk.pages.input.refused import Refused, refused_form
from desk.pages.input.revision import revision
from desk.rendering import page
from desk.state import Desk
from ledger import read
from ledger.read import MarkedEvent
from pipeline import marked_events
from pipeline.context import now
from trends.before_after import LEAST_COUNT, LEAST_DAYS, RateRatio, rate_ratio

DAY = timedelta(days=1)
AROUND = 28
"""Days before and after an event: whole weeks, so that weekdays do not differ."""
MEASURES: dict[str, dict[str, str]] = {"posts": {}, "complaints": {"intent": "complaint"}, "negative": {"sentiment": "negative"}}
"""What is compared, with the filters of each."""
Typed = Mapping[str, str]
"""What was typed into the form of an event, by field."""
LONGEST = 200
"""Characters of one field that are shown again."""


@dataclass(frozen=True)
class Span:
    """Hold the count of one period of an event."""

    first: date
    last: date
    days: tuple[int, ...]
    address: str
    """The page of the posts that were counted."""

    @property
    def count(self) -> int:
        """Return the posts of the period."""
        return sum(self.days)

    @property
    def rate(self) -> float:
        """Return the posts per day."""
        return self.count / len(self.days)


@dataclass(frozen=True)
class Compared:
    """Hold one measure before, during and after; None: no whole day."""

    measure: str
    before: Span | None
    during: Span | None
    after: Span | None

    @property
    def ratios(self) -> tuple[RateRatio | None, RateRatio | None]:
        """Return during and after against before; None: not enough data."""
        return _ratio(self.before, self.during), _ratio(self.before, self.after)


def _ratio(before: Span | None, other: Span | None) -> RateRatio | None:
    return None if before is None or other is None else rate_ratio(before.days, other.days)


def events_of(desk: Desk, lens: Lens, first: date, last: date) -> list[MarkedEvent]:
    """Return the events of a timeline: of its days, service and district."""
    return read.marked_events(desk.context.ledger, first=first, last=last, topic=lens.topic, district=lens.district)


def events(request: Request, typed: Typed | None = None, refused: Refused | None = None) -> Response:
    """List all events; with a refused form, show what was typed again."""
    desk: Desk = request.app.state.desk
    return page(
        request,
        "events.html",
        status=200 if refused is None else refused.status,
        typed=typed,
        refused=refused,
        events=read.marked_events(desk.context.ledger),
        today=now().astimezone(desk.context.city.zone).date(),
        topics=TOPICS,
        districts=desk.shell.options()["district"],
    )


def event(request: Request, typed: Typed | None = None, refused: Refused | None = None) -> Response:
    """Show one event with the numbers before, during and after.

    With a refused form, what was typed is shown again: with the form of a new event, if this one was removed meanwhile.
    """
    desk: Desk = request.app.state.desk
    found = read.marked_event(desk.context.ledger, request.path_params["number"])
    if found is None and refused is not None:
        return events(request, typed, refused)
    if found is None:
        raise HTTPException(404)
    return page(
        request,
        "event.html",
        status=200 if refused is None else refused.status,
        typed=typed,
        refused=refused,
        event=found,
        compared=[compare(desk, found, measure, now()) for measure in MEASURES],
        least=LEAST_COUNT,
        least_days=LEAST_DAYS,
        around=AROUND,
        topics=TOPICS,
        districts=desk.shell.options()["district"],
    )


def compare(desk: Desk, found: MarkedEvent, measure: str, moment: datetime) -> Compared:
    """Count one measure around an event.

    Only whole days count, from the first post of the ledger to yesterday.
    """
    zone = desk.context.city.zone
    oldest = next(iter(read.messages(desk.context.ledger, of="all", oldest_first=True, limit=1)), None)
    begin = moment.date() if oldest is None else oldest.created_at.astimezone(zone).date()
    end = moment.astimezone(zone).date() - DAY
    spans = (
        (found.first_day - AROUND * DAY, found.first_day - DAY),
        (found.first_day, found.last_day),
        (found.last_day + DAY, found.last_day + AROUND * DAY),
    )
    return Compared(measure, *(_span(desk, found, measure, max(first, begin), min(last, end)) for first, last in spans))


def _span(desk: Desk, found: MarkedEvent, measure: str, first: date, last: date) -> Span | None:
    if first > last:
        return None
    zone, length = desk.context.city.zone, (last - first).days + 1
    bounds = [datetime.combine(first + at * DAY, time(), zone) for at in range(length + 1)]
    place = {"topic": found.topic, "district": found.district}
    asked = {name: value for name, value in (place | MEASURES[measure]).items() if value}
    days = [0] * length
    filters = read.PostFilters(
        topic=asked.get("topic"), district=asked.get("district"), intent=asked.get("intent"), sentiment=asked.get("sentiment")
    )
    for slot in read.counts_by_slot(desk.context.ledger, bounds, **filters):
        days[slot.number] += slot.posts
    return Span(first, last, tuple(days), f"/posts?{urlencode(asked | {'first': str(first), 'last': str(last)})}")


def add(request: Request, form: FormData) -> Response:
    """Add an event."""
    desk: Desk = request.app.state.desk
    try:
        marked_events.add(desk.context, _fields(form), request.state.user.name)
    except ConfigurationError as error:
        return events(request, _typed(form), refused_form(request, error, "add", ""))
    return RedirectResponse("/events", status_code=303)


def change(request: Request, form: FormData) -> Response:
    """Edit or remove an event."""
    action = request.path_params["action"]
    try:
        return _change(request, action, form)
    except ConfigurationError as error:
        typed = _typed(form) if action == "edit" else None
        return event(request, typed, refused_form(request, error, action, ""))


def _change(request: Request, action: str, form: FormData) -> Response:
    desk: Desk = request.app.state.desk
    number, who = request.path_params["number"], request.state.user.name
    seen = revision(form.get("seen"))
    match action:
        case "edit":
            marked_events.edit(desk.context, number, _fields(form), who, seen)
            return RedirectResponse(f"/events/{number}", status_code=303)
        case "remove":
            marked_events.remove(desk.context, number, who, seen)
            return RedirectResponse("/events", status_code=303)
        case _:
            raise HTTPException(404)


def _typed(form: FormData) -> Typed:
    """Return what was typed, to show it again."""
    return {name: str(form.get(name, ""))[:LONGEST] for name in EventFields.model_fields}


def _fields(form: FormData) -> EventFields:
    try:
        first, last = (date.fromisoformat(str(form.get(name, ""))) for name in ("first_day", "last_day"))
    except ValueError:
        raise ConfigurationError("Give the first and the last day of the event.") from None
    topic, district = (str(form.get(name, "")) for name in ("topic", "district"))
    return EventFields(name=str(form.get("name", "")), first_day=first, last_day=last, topic=topic, district=district)
