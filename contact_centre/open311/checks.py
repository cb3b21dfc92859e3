"""Prove before the first case that a GeoReport server takes requests."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from contact_centre.open311.client import Server
from contact_centre.open311.lookup import SPAN, date_text, server_time
from contact_centre.open311.shapes import Row, attributes
from core.errors import ConfigurationError

HALVINGS = 12
"""90 days become 32 minutes."""
ARRIVING = 2
"""Requests that may arrive between two calls: a difference up to this proves nothing."""

LONGER_THAN_DAYS = timedelta(days=2)
"""A server may take a date as its whole day: in a shorter period a request in both halves proves nothing."""


def check_service(server: Server, services: dict[str, Row], code: str, given: Sequence[str]) -> None:
    """Prove that a service takes our requests.

    Raises:
        ConfigurationError: it does not exist, gives no id (`blackbox`), or requires an attribute that is not configured.
    """
    service = services.get(code)
    if service is None:
        raise ConfigurationError(f"service '{code}' does not exist at {server.http.base_url}; known: {', '.join(services)}")
    if service.get("type") == "blackbox":
        raise ConfigurationError(
            f"service '{code}' is of the type blackbox, which never gives an id: its cases could not be followed; use e-mail"
        )
    if service.get("metadata") != "true":
        return
    required = [
        row["code"]
        for row in attributes(server.get(f"services/{quote(code, safe='')}").content, server.form)
        if row.get("required") == "true" and row.get("variable") != "false"
    ]
    if lacking := [one for one in required if one not in given]:
        raise ConfigurationError(f"service '{code}' requires {', '.join(lacking)}: set them under `attributes`")


def check_page_size(server: Server) -> None:
    """Prove that the server lists as many requests as configured.

    Halves the last 90 days until both halves of a period hold requests: more than the whole period means that its list was cut. A half
    with a request or two proves nothing, as they may have just arrived: the fuller half is then halved again.

    Raises:
        ConfigurationError: names the limit to set, or the date that the server ignores.
    """
    if server.can_page:
        return
    end = server_time(server.get("services"), datetime(2000, 1, 1, tzinfo=UTC))
    start = end - SPAN
    whole = len(_listed(server, start, end))
    for _ in range(HALVINGS):
        middle = start + (end - start) / 2
        earlier, later = _listed(server, start, middle), _listed(server, middle, end)
        if middle - start > LONGER_THAN_DAYS:
            _check_dates(server, earlier, later)
        first, second = len(earlier), len(later - earlier)
        if whole < server.page_size and first + second > whole + ARRIVING:
            raise ConfigurationError(f"{server.http.base_url} lists at most {whole} requests at once: set page_size = {whole}")
        if min(first, second) > ARRIVING or max(first, second) <= ARRIVING:
            return
        start, end, whole = (start, middle, first) if first >= second else (middle, end, len(later))


def _check_dates(server: Server, earlier: set[str], later: set[str]) -> None:
    """Refuse a server that lists in both halves what belongs to one.

    Raises:
        ConfigurationError: names the dates that it ignores.
    """
    ends, begins = len(later) > ARRIVING and later <= earlier, len(earlier) > ARRIVING and earlier <= later
    ignored = [name for name, is_so in (("start_date", begins), ("end_date", ends)) if is_so]
    if ignored:
        raise ConfigurationError(
            f"{server.http.base_url} ignores {' and '.join(ignored)}: it lists the same {len(earlier & later)} requests for two periods, "
            "so a busy service cannot be looked up. If it takes rows and start, set paging = true; else ask its operator"
        )


def _listed(server: Server, start: datetime, end: datetime) -> set[str]:
    """Return the ids of the requests of a period."""
    answer = server.get("requests", {"start_date": date_text(start), "end_date": date_text(end)})
    return {row["service_request_id"] for row in server.rows(answer) if "service_request_id" in row}
