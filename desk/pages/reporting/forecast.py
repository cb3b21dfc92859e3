"""Show the forecast of complaints, cases and work."""

import time
from collections.abc import Iterable
from datetime import date
from threading import Lock

from babel.dates import format_date
from starlette.requests import Request
from starlette.responses import Response

from desk.rendering import language_of, page
from desk.state import Desk
from pipeline.context import now
from reports.build.forecast import Outlook, SeriesForecast, build_outlook
from reports.document.forecast import file_notes

KEPT_S = 600.0
"""A forecast changes with the week: it is computed again after this time."""
_lock = Lock()
_latest: dict[str, tuple[float, Outlook]] = {}


def _outlook(desk: Desk) -> Outlook:
    key = desk.context.ledger.ledger_id
    with _lock:
        made, found = _latest.get(key, (0.0, None))
        if found is None or time.monotonic() - made > KEPT_S:
            found = build_outlook(desk.context.city, desk.context.ledger, now())
            _latest.clear()
            _latest[key] = (time.monotonic(), found)
    return found


def _largest_first(rows: Iterable[SeriesForecast]) -> list[SeriesForecast]:
    """Order rows by last week's number; all services come first."""
    return sorted(rows, key=lambda one: (one.service is not None, -(one.past[-1] if one.past else 0)))


def forecast(request: Request) -> Response:
    """Show the next weeks by service and the cases due."""
    found = _outlook(request.app.state.desk)
    tables = [
        (
            what,
            district,
            _largest_first(one for one in found.series if one.what == what and (one.district is not None) == district),
        )
        for what in ("complaints", "cases")
        for district in (False, True)
    ]
    departments: dict[str, dict[date, object]] = {}
    for one in found.due:
        departments.setdefault(one.department, {})[one.day] = one
    return page(
        request,
        "forecast.html",
        outlook=found,
        file_notes=file_notes(found, language_of(request)),
        tables=[one for one in tables if one[2]],
        mondays=[one.monday for one in next((some.ahead for some in found.series if some.ahead), ())],
        days=sorted({one.day for one in found.due}),
        departments=departments,
        short=lambda on: format_date(on, "d MMM", locale=language_of(request)),
    )
