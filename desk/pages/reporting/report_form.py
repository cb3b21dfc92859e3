"""Read and show the form that asks for a report."""

import secrets
from collections.abc import Mapping
from datetime import date
from typing import Any
from urllib.parse import parse_qsl

from pydantic import ValidationError
from starlette.requests import Request

from core.config.profile.reports import CALENDAR, KINDS, SPANS, Scope
from core.errors import ChangeRefusedError
from core.i18n.languages import NAMES, interface_languages
from core.records import Record
from desk.lens import DIMENSIONS
from desk.rendering import language_of
from desk.state import Desk
from ledger import read
from ledger.read import SavedView
from pipeline.context import now
from reports.build.asked import LONGEST_DAYS, Asked, check_asked, interval_of
from reports.make import FORMATS

MOST_EVENTS = 50
YEARS = range(1900, 3000)
"""Years of a day: periods before and after it are computed, and the calendar ends with the years 1 and 9999."""
NOT_FILTERS = frozenset({"period", "first", "last", "compare", "sort", "layout"})
"""Parameters of a saved view that limit no post."""


class Typed(Record):
    """Hold the form as it was typed."""

    kind: str = "weekly"
    department: str = ""
    district: str = ""
    view: str = ""
    event: str = ""
    period: str = "week"
    first: str = ""
    last: str = ""
    language: str
    format: str = "pdf"


def values_of_form(request: Request, typed: Mapping[str, str] | None = None, refused: str = "") -> dict[str, Any]:
    """Return what the form shows: choices, and what was typed."""
    desk: Desk = request.app.state.desk
    ledger, today = desk.context.ledger, now().astimezone(desk.context.city.zone).date()
    spoken = interface_languages("reports")
    language = language_of(request)
    return {
        "typed": Typed(**{"language": language if language in spoken else spoken[0], **_known(typed or {})}),
        "refused": refused,
        "kinds": KINDS,
        "spans": SPANS,
        "departments": [one.name for one in desk.context.city.departments],
        "districts": desk.shell.options()["district"],
        "saved": views(request),
        "marked": [one for one in read.marked_events(ledger) if one.last_day < today][:MOST_EVENTS],
        "spoken": [(one, NAMES.get(one, one)) for one in spoken],
        "formats": list(FORMATS),
        "form_id": secrets.token_hex(16),
    }


def _known(typed: Mapping[str, str]) -> dict[str, str]:
    """Return the fields that this form has.

    A stored one may be of another version.
    """
    return {name: one for name, one in typed.items() if name in Typed.model_fields}


def views(request: Request) -> list[SavedView]:
    """Return the saved views of posts that the person may choose."""
    desk: Desk = request.app.state.desk
    return read.saved_views(desk.context.ledger, request.state.user.name, "posts")


def asked_by(request: Request, typed: Typed) -> Asked:
    """Return the report that a form asks for.

    Raises:
        ChangeRefusedError: a choice is missing or unknown, or the days are wrong.
    """
    desk: Desk = request.app.state.desk
    city = desk.context.city
    kind = next((one for one in KINDS if one == typed.kind), None)
    period = next((one for one in SPANS if one == typed.period), None)
    if kind is None or period is None:
        raise ChangeRefusedError("Choose the kind of the report.")
    if typed.language not in interface_languages("reports") or typed.format not in FORMATS:
        raise ChangeRefusedError("Choose a language and a format of the list.")
    scope, first, last = scope_of(request, typed), _day(typed.first), _day(typed.last)
    if kind == "event" and typed.event:
        number = int(typed.event) if typed.event.isdecimal() and len(typed.event) < 10 else 0
        event = read.marked_event(desk.context.ledger, number)
        if event is None:
            raise ChangeRefusedError("Choose an event of the list, or give its days.")
        scope = Scope(topic=event.topic or None, district=event.district or None)
        first, last = event.first_day, event.last_day
    _check_days(kind, first, last)
    asked = Asked(kind=kind, posts=scope, period=period, first=first, last=last)
    check_asked(asked, city)
    begins = interval_of(asked, city.zone, now()).start.astimezone(city.zone).date()
    return asked.model_copy(update={"first": begins})


def scope_of(request: Request, typed: Typed) -> Scope:
    """Return the posts that a report is about.

    Of other kinds than department, district and saved view: all.

    Raises:
        ChangeRefusedError: the choice is missing, or a report cannot have it.
    """
    match typed.kind:
        case "department":
            return Scope(department=_chosen(typed.department, "Choose the department of the report."))
        case "district":
            return Scope(district=_chosen(typed.district, "Choose the district of the report."))
        case "view":
            return _scope_of_view(next((one for one in views(request) if one.id == typed.view), None))
        case _:
            return Scope()


def _chosen(value: str, words: str) -> str:
    if not value:
        raise ChangeRefusedError(words)
    return value


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text) if text else None
    except ValueError:
        day = date.min
    if day is not None and day.year not in YEARS:
        raise ChangeRefusedError("Give each day as year, month and day: 2026-11-23.")
    return day


def _check_days(kind: str, first: date | None, last: date | None) -> None:
    if kind in CALENDAR and last is not None:
        raise ChangeRefusedError("A report of a day, week or month takes one day of it: leave the last day empty.")
    if kind == "event" and (first is None or last is None):
        raise ChangeRefusedError("Choose an event of the list, or give its days.")
    if first is None and last is not None:
        raise ChangeRefusedError("Give the first day too.")
    if first is not None and last is not None:
        if last < first:
            raise ChangeRefusedError("The last day is before the first one.")
        if (last - first).days >= LONGEST_DAYS:
            raise ChangeRefusedError("A report covers at most {most} days.", most=LONGEST_DAYS)


def _scope_of_view(view: SavedView | None) -> Scope:
    """Return the filters of a saved view.

    Raises:
        ChangeRefusedError: there is no such view, or it has filters that a report cannot have.
    """
    if view is None:
        raise ChangeRefusedError("Choose the saved view of the report.")
    given = {name: value for name, value in parse_qsl(view.query) if name not in NOT_FILTERS}
    try:
        if set(given) <= set(DIMENSIONS):
            return Scope(**given)
    except ValidationError:
        pass
    raise ChangeRefusedError(
        "This view has words or filters that a report cannot have. "
        "Choose one with service, district, channel, language, intent or tone alone."
    )
