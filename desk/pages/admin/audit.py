"""Show the audit log to administrators, with filters and as CSV."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from desk.rendering import PAGE_SIZE, page, page_number
from desk.state import Desk
from ledger import read
from pipeline import accounts, export


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
