"""Show the audit log to administrators, with filters and as CSV."""

import re
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_date
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from core.i18n.display_names import display_name
from core.i18n.names import NAMES
from core.i18n.reasons import display_reason
from desk.rendering import DAY, PAGE_SIZE, language_of, page, page_number
from desk.state import Desk
from ledger import read
from pipeline import export
from pipeline.access import accounts

DETAILS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("event_marked", "event_changed", "event_removed"), ("topic",)),
    **dict.fromkeys(("user_made", "user_removed", "role_changed"), ("role",)),
    "subscription_made": ("report_kind", "every"),
    "report_asked": ("language",),
    "api_token_made": ("token_scope",),
}
"""Kinds of the codes in the details of an entry, by what was done."""
POST = re.compile(r"[0-9a-f]{32}")
DAYS = re.compile(r"(\d{4}-\d\d-\d\d) – (\d{4}-\d\d-\d\d)")
CODE = re.compile(r"(?:(?<=^)|(?<=, ))[a-z_]+(?=,| ->|$)")
"""A code is a whole part of the details: the name of an event may contain the same word."""


def subject_address(subject: str, what: str) -> tuple[str, str] | None:
    """Return the page of an entry's subject, and its kind.

    None: it has no page.

    >>> subject_address("C-1", "note"), subject_address("view 1f", "view_saved"), subject_address("ana", "login")
    (('/cases/C-1', 'case'), ('/views#view-1f', 'view'), None)
    >>> subject_address("1f", "subscription_made"), subject_address("weekly", "report_asked")
    (('/subscriptions/1f', 'subscription'), ('/reports', 'report'))
    """
    if subject.startswith("C-"):
        return f"/cases/{subject}", "case"
    if what.endswith(" settings"):
        return f"/settings/{subject}", "section"
    if what.startswith("subscription_") and what != "subscription_mail_retried":
        return f"/subscriptions/{subject}", "subscription"
    if what == "report_asked":
        return "/reports", "report"
    if subject.startswith("view "):
        return f"/views#view-{subject.removeprefix('view ')}", "view"
    return (f"/posts/{subject}", "post") if POST.fullmatch(subject) else None


def shown_details(details: str, what: str, language: str) -> str:
    """Return the details of an entry for display.

    Codes have names, and days the form of the language. What a person wrote stays as it is.

    >>> shown_details("2026-11-02 – 2026-11-06, noise", "event_marked", "es")
    '2 nov 2026 – 6 nov 2026, Ruido'
    >>> shown_details("2026-11-02 – 2026-11-06, noise -> The noise of 2026-13-01, 2026-11-02 – 2026-11-07, noise", "event_changed", "en")
    '2 Nov 2026 – 6 Nov 2026, Noise -> The noise of 2026-13-01, 2 Nov 2026 – 7 Nov 2026, Noise'
    >>> shown_details("cases posts", "api_token_made", "en")
    'cases, posts, redacted'
    """
    if what not in DETAILS:
        return display_reason(details, language)
    if what == "api_token_made":
        details = details.replace(" ", ", ")
    known = {code: display_name(kind, code, language) for kind in DETAILS[what] for code in NAMES[kind]}
    named = CODE.sub(lambda found: known.get(found[0], found[0]), details)
    return DAYS.sub(lambda found: _shown_days(found, language), named)


def _shown_days(found: re.Match[str], language: str) -> str:
    try:
        days = [date.fromisoformat(one) for one in found.groups()]
    except ValueError:  # a person wrote it, in the name of an event
        return found[0]
    return " – ".join(str(format_date(day, DAY, locale=language)) for day in days)


def audit(request: Request) -> Response:
    """Show the entries, newest first."""
    desk: Desk = request.app.state.desk
    ledger, number = desk.context.ledger, page_number(request)
    filters = _filters(request, desk.context.city.zone)
    total = read.count_audit(ledger, **filters)
    who, what = read.audit_choices(ledger)
    return page(
        request,
        "audit.html",
        lines=read.audit(ledger, limit=PAGE_SIZE, offset=(number - 1) * PAGE_SIZE, filters=filters),
        total=total,
        subject_address=subject_address,
        details=lambda line: shown_details(line.why, line.what, language_of(request)),
        filters=filters,
        days={name: request.query_params.get(name) for name in ("from", "to")},
        choices={"who": who, "what": what},
        number_of_page=number,
        pages=max(1, -(-total // PAGE_SIZE)),
    )


def download(request: Request) -> Response:
    """Return the entries as CSV, safe against formula injection.

    The download is itself an entry.
    """
    desk: Desk = request.app.state.desk
    accounts.record_audit(desk.context, "export", "audit", who=request.state.user.name)
    lines = export.audit(desk.context.ledger, "csv", _filters(request, desk.context.city.zone))
    headers = {"Content-Disposition": 'attachment; filename="audit.csv"'}
    return StreamingResponse(lines, media_type="text/csv; charset=utf-8", headers=headers)


def _filters(request: Request, zone: ZoneInfo) -> read.AuditFilters:
    requested = request.query_params
    to = _day(requested.get("to"), zone)
    return {
        "who": requested.get("who") or None,
        "what": requested.get("what") or None,
        "subject": (requested.get("subject") or "").strip() or None,
        "since": _day(requested.get("from"), zone),
        "until": None if to is None else to + timedelta(days=1),
    }


def _day(text: str | None, zone: ZoneInfo) -> datetime | None:
    """Return midnight of a day in the city; None for invalid input."""
    try:
        day = date.fromisoformat(text or "")
    except ValueError:
        return None
    return datetime(day.year, day.month, day.day, tzinfo=zone) if 1970 < day.year < 9999 else None
