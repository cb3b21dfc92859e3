"""Show the forecast of complaints, cases and work."""

import time
from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from babel.dates import format_date
from starlette.requests import Request
from starlette.responses import Response

from core.config.city import City
from core.runtime.locks import lock_of
from desk.rendering import language_of, page
from desk.state import Desk
from pipeline.context import now
from reports.build.day_files import FileVersion, file_versions
from reports.build.forecast import Outlook, SeriesForecast, build_outlook
from reports.document.forecast import caveats

KEPT_S, EMPTY_KEPT_S = 600.0, 15.0
"""A forecast changes with the week: it is computed again after the first time, or the second while there are not enough data."""


class KeptOutlook(NamedTuple):
    """Hold a forecast, and what it was computed from."""

    until: float
    ledger_id: str
    city: City
    files: tuple[FileVersion, ...]
    day: date
    outlook: Outlook


_kept: dict[str, KeptOutlook] = {}
"""By ledger: a process serves several towns."""


def _outlook(desk: Desk) -> Outlook:
    """Return the forecast; a changed profile or file has it computed again."""
    city, ledger, moment = desk.context.city, desk.context.ledger, now()
    files, day = file_versions(city), moment.astimezone(city.zone).date()
    with lock_of("forecast", ledger.ledger_id):
        kept = _kept.get(ledger.ledger_id)
        if (
            kept is None
            or time.monotonic() > kept.until
            or kept.city is not city
            or (kept.ledger_id, kept.files, kept.day) != (ledger.ledger_id, files, day)
        ):
            found = build_outlook(city, ledger, moment)
            until = time.monotonic() + (KEPT_S if any(one.ahead for one in found.series) else EMPTY_KEPT_S)
            _kept[ledger.ledger_id] = kept = KeptOutlook(until, ledger.ledger_id, city, files, day, found)
    return kept.outlook


def _largest_first(rows: Iterable[SeriesForecast]) -> list[SeriesForecast]:
    """Order rows by last week's number; all services come first."""
    return sorted(rows, key=lambda one: (one.service is not None, -(one.past[-1] if one.past else 0)))


def forecast(request: Request) -> Response:
    """Show the next weeks by service and the cases due."""
    found = _outlook(request.app.state.desk)
    tables = [
        (what, district, _largest_first(one for one in found.series if one.what == what and (one.district is not None) == district))
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
        caveats=caveats(found, language_of(request)),
        tables=[one for one in tables if one[2]],
        mondays=[one.monday for one in next((some.ahead for some in found.series if some.ahead), ())],
        days=sorted({one.day for one in found.due}),
        departments=departments,
        short=lambda on: format_date(on, "d MMM", locale=language_of(request)),
    )
