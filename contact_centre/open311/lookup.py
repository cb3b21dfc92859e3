"""Find a case's request again without a search by key.

The standard has none: requests are listed by service and date, and compared.
"""

from collections.abc import Generator, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import httpx

from contact_centre import OutcomeUnknownError
from contact_centre.marks import carries, mark_of
from contact_centre.open311.client import Server, request_by_id
from contact_centre.open311.shapes import Row
from core.errors import ConfigurationError, RefusedError, UnavailableError

SPAN = timedelta(days=90)
"""The longest period a server lists at once, by the standard."""
SHORTEST_SPAN = timedelta(minutes=1)


def find_requests(server: Server, code: str, key: str, since: datetime) -> list[str]:
    """Find the requests with this key created since then, oldest first."""
    mark = mark_of(key)
    hits = []
    for row in requests_since(server, since, service_code=code):
        number = row["service_request_id"]
        if carries(row.get("description", ""), mark):
            hits.append((row.get("requested_datetime", ""), len(number), number))  # by length: "10" comes after "9"
    return list(dict.fromkeys(number for _, _, number in sorted(hits)))


def requests_since(server: Server, since: datetime, path: str = "requests", **query: str) -> Iterator[Row]:
    """List everything created since then, in periods of 90 days.

    The server's own clock says when to stop.
    """
    start = since
    while True:
        end = start + SPAN
        answered_at = yield from _between(server, path, start, end, query)
        if end > answered_at:
            return
        start = end


def _between(server: Server, path: str, start: datetime, end: datetime, query: dict[str, str]) -> Generator[Row, None, datetime]:
    """List one period; halve it while an answer is full.

    Returns the server's time.

    Raises:
        ConfigurationError: the answer stays full whatever the dates: the server ignores them.
    """
    dates = {"start_date": date_text(start), "end_date": date_text(end)}
    if server.can_page:
        return (yield from _pages(server, path, {**query, **dates}))
    answer = server.get(path, {**query, **dates})
    found = server.rows(answer)
    if len(found) < server.page_size:
        yield from found
    elif end - start <= SHORTEST_SPAN:
        raise ConfigurationError(
            f"{server.http.base_url} lists {len(found)} requests for one minute: it ignores start_date and end_date, so a case "
            "cannot be looked up there"
        )
    else:
        middle = start + (end - start) / 2
        yield from _between(server, path, start, middle, query)
        yield from _between(server, path, middle, end, query)
    return server_time(answer, end)


def _pages(server: Server, path: str, query: dict[str, str]) -> Generator[Row, None, datetime]:
    """List one period page by page. Returns the server's time."""
    start = 0
    while True:
        answer = server.get(path, {**query, "rows": str(server.page_size), "start": str(start)})
        found = server.rows(answer)
        yield from found
        if not found:
            return server_time(answer, datetime.fromisoformat(query["end_date"]))
        start += len(found)


def server_time(answer: httpx.Response, otherwise: datetime) -> datetime:
    """Read the answer's `Date`; `otherwise` less a second when there is none."""
    try:
        moment = parsedate_to_datetime(answer.headers["date"])
    except (LookupError, ValueError):
        return otherwise - timedelta(seconds=1)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def settled(server: Server, code: str, key: str, since: datetime, made: str | None) -> str:
    """Return the case's one request after one was created.

    It must be found by its key; `made` is None when the server's answer had no id.

    Raises:
        OutcomeUnknownError: the answer had no id, and the request cannot be found yet.
        RefusedError: the key was not stored, or there are two requests: a person must correct it.
    """
    known = find_requests(server, code, key, since)
    if made is None and not known:
        raise OutcomeUnknownError(f"the server took case {key} but gave neither an id nor a token; looked up again later")
    if made is not None and made not in known:
        row = _shown(server, made)
        if row is not None and not carries(row.get("description", ""), mark_of(key)):
            raise RefusedError(
                f"request {made} was made but cannot be found by its case key: the server does not show its description. "
                f"Close it there, or note that it belongs to case {key}"
            )
    if made is not None and known and known[0] != made:
        raise RefusedError(f"case {key} has two requests, {known[0]} and {made}: close the younger one there")
    return made if made is not None else known[0]


def _shown(server: Server, number: str) -> Row | None:
    """Fetch a new request; None when it is not published yet.

    Some servers answer 500 for it.
    """
    try:
        return request_by_id(server, number)
    except UnavailableError:
        return None


def has_update(server: Server, number: str, mark: str, since: datetime) -> bool:
    """Check whether the request has an update with this mark.

    Updates are FixMyStreet's extension.
    """
    return any(
        row["service_request_id"] == number and carries(row.get("description", ""), mark)
        for row in requests_since(server, since, path="servicerequestupdates")
    )


def date_text(moment: datetime) -> str:
    """Write a time as the standard requires it, in UTC."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
