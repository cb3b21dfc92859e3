"""Fetch complaints of other cities and keep how fast they close.

Only figures are kept (`home/compare.json`): no text of a request is. A city whose server does not answer keeps its last figures, and
the reason is kept beside them.
"""

import json
import logging
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from collectors.http.json_api import JsonClient, open_client
from core.config.profile.other_city import OtherCity
from core.errors import ConfigurationError, EscuchaError, SourceError
from core.records.collection import Budget
from core.user_agent import user_agent
from ledger import read
from pipeline.context import Context, now
from reports.build.comparison import NEWEST, OLDEST, CityTimes, Comparison, Failure, times_of
from reports.publish import replace

log = logging.getLogger("escucha")
WINDOW = timedelta(days=7)
"""Servers limit how long a period one request may ask for, and how many rows they give."""
ROWS = 500
MOST_REQUESTS = 300
"""Requests to one server in one run."""
MOST_BYTES = 200_000_000
"""Of a file."""
TIME = timedelta(minutes=10)
"""For one server in one run."""
INTERNAL = "INTERNAL"
"""How Zaragoza marks requests by its administration."""
Row = dict[str, Any]


def compare(context: Context) -> Comparison:
    """Bring the figures of the cities of `[[compare]]` up to date.

    Returns the last figures of each, and why some are not new.

    Raises:
        ConfigurationError: the profile names no city.
    """
    if not context.city.compare:
        raise ConfigurationError(f"{context.city.path} names no city: add [[compare]] with name and address")
    before = {one.city: one for one in kept(context).cities}
    found: list[CityTimes] = []
    failures: list[Failure] = []
    for city in context.city.compare:
        try:
            found.append(_figures(context, city))
        except EscuchaError as error:
            log.warning("compare: %s: %s", city.name, error)
            failures.append(Failure(city=city.name, why=str(error), at=now()))
            found += [before[city.name]] if city.name in before else []
    made = Comparison(cities=tuple(found), failures=tuple(failures))
    replace(_path(context), made.model_dump_json(indent=1).encode())
    return made


def kept(context: Context) -> Comparison:
    """Return the last figures of the cities that the profile names."""
    path, names = _path(context), {one.name for one in context.city.compare}
    if not names or not path.exists():
        return Comparison()
    try:
        found = Comparison.model_validate_json(path.read_bytes())
    except ValidationError:
        log.warning("compare: %s is damaged: run `escucha compare` again", path)
        return Comparison()
    return Comparison(
        cities=tuple(one for one in found.cities if one.city in names), failures=tuple(one for one in found.failures if one.city in names)
    )


def own_times(context: Context, *, example: bool = False) -> CityTimes:
    """Return the same figures of this city: from report to closing."""
    since = now() - OLDEST
    filters: dict[str, Any] = {"example": True} if example else {"replay": False}
    cases = [one for one in read.case_records(context.ledger, since=since, **filters) if one.state != "merged"]
    return times_of(context.city.name, "", [(one.opened_at, one.closed_at) for one in cases], now())


def _path(context: Context) -> Path:
    return context.settings.home / "compare.json"


def _figures(context: Context, city: OtherCity) -> CityTimes:
    """Return the figures of one city.

    Raises:
        SourceError: its server refused, failed, or gave something else.
        ConfigurationError: its file cannot be read.
    """
    moment = now()
    if "://" in city.address:
        rows, complete = _of_server(context, city, moment)
    else:
        rows, complete = _of_file(context.city.path.parent / city.address), True
    outside = [row for row in rows if INTERNAL not in row.values()]
    dated = [found for row in outside if (found := _dates(row, context.city.zone)) is not None]
    if rows and not dated:
        raise SourceError("no row has a requested_datetime: this is not an Open311 list of requests")
    return times_of(
        city.name, city.address, dated, moment, internal=len(rows) - len(outside), unreadable=len(outside) - len(dated), complete=complete
    )


def _of_file(path: Path) -> list[Row]:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise ConfigurationError(f"{path}: larger than {MOST_BYTES // 1_000_000} MB: give a shorter period")
        document = json.loads(path.read_bytes())
    except OSError as error:
        raise ConfigurationError(f"{path}: {error.strerror}") from None
    except (ValueError, RecursionError):
        raise ConfigurationError(f"{path}: not JSON") from None
    return rows_of(document)


def _of_server(context: Context, city: OtherCity, moment: datetime) -> tuple[list[Row], bool]:
    """Return the requests of the period, and whether these are all."""
    budget = Budget(now=moment, until=moment + TIME, _clock=now)
    found: dict[str, Row] = {}
    asked = 0
    with open_client(city.address, "[[compare]]", budget, user_agent(context.city)) as client:
        start = moment - OLDEST
        while start < moment - NEWEST:
            end = min(start + WINDOW, moment - NEWEST)
            for page in range(1, MOST_REQUESTS):
                if asked >= MOST_REQUESTS or budget.is_over():
                    return list(found.values()), False
                asked += 1
                rows = _page(client, start, end, page)
                new = {key: row for row in rows if (key := str(row.get("service_request_id"))) not in found}
                found |= new
                if not new:
                    break
            start = end
    return list(found.values()), True


def _page(client: JsonClient, start: datetime, end: datetime, page: int) -> list[Row]:
    """Return one page, by the standard's parameters and by Zaragoza's."""
    window = {"start_date": f"{start:%Y-%m-%dT%H:%M:%SZ}", "end_date": f"{end:%Y-%m-%dT%H:%M:%SZ}"}
    standard = {"page": str(page), "page_size": str(ROWS)}
    zaragoza = {"rows": str(ROWS), "start": str((page - 1) * ROWS)}
    return rows_of(client.get_json("", {**window, **standard, **zaragoza}))


def rows_of(document: Any) -> list[Row]:
    """Return the requests of a response: a list, or within an object.

    Raises:
        SourceError: it holds no list of requests.

    >>> rows_of({"totalCount": 1, "result": [{"service_request_id": 7}]})
    [{'service_request_id': 7}]
    """
    if isinstance(document, dict):
        document = next((value for value in document.values() if isinstance(value, list)), None)
    if not isinstance(document, list) or not all(isinstance(row, dict) for row in document):
        raise SourceError("this is not an Open311 list of requests")
    return document


def _dates(row: Row, zone: ZoneInfo) -> tuple[datetime, datetime | None] | None:
    """Return when a request was made and closed; None: unreadable."""
    made, changed = _moment(row.get("requested_datetime"), zone), _moment(row.get("updated_datetime"), zone)
    if made is None:
        return None
    if str(row.get("status", "")).lower() != "closed":
        return made, None
    return None if changed is None else (made, changed)


def _moment(value: object, zone: ZoneInfo) -> datetime | None:
    try:
        found = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return found.replace(tzinfo=zone) if found.tzinfo is None else found
