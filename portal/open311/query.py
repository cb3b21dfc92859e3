"""Read the filters and pages of a list of requests."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from starlette.datastructures import QueryParams

from core.config.profile.open311 import Open311
from core.records.case import OPEN
from ledger.read import PublishedFilters
from portal.open311.answers import RefusedRequestError
from portal.open311.services import topics_of_codes

SPAN = timedelta(days=90)
"""The longest period of one list, by the standard."""
MAX_PAGE_SIZE = 1000
MAX_OFFSET = 1_000_000
MAX_IDS = 200
MAX_DIGITS = 9
IGNORED = frozenset({"jurisdiction_id", "api_key", "extensions"})
"""Parameters of the standard that change nothing in a list; the first is checked elsewhere."""
STATES: dict[str, tuple[str, ...]] = {
    "open": tuple(sorted(OPEN)),
    "closed": ("merged", "rejected", "resolved"),
}


@dataclass(frozen=True)
class RequestPage:
    """Describe one page of a list."""

    size: int
    offset: int
    number: int


def read_page(query: QueryParams) -> RequestPage:
    """Read `page` and `page_size` (FixMyStreet), or `rows` and `start` (Zaragoza).

    Raises:
        RefusedRequestError: not a number, or out of range.
    """
    name = "page_size" if "page_size" in query else "rows"
    size = _number(query, name, MAX_PAGE_SIZE, 1, MAX_PAGE_SIZE)
    if "start" in query:
        return RequestPage(size, start := _number(query, "start", 0, 0, MAX_OFFSET), start // size + 1)
    number = _number(query, "page", 1, 1, MAX_OFFSET // size + 1)
    return RequestPage(size, (number - 1) * size, number)


def read_filters(query: QueryParams, options: Open311, now: datetime) -> PublishedFilters:
    """Read the filters of a list.

    `service_request_id` overrides all others. Without dates: the last 90 days.

    Raises:
        RefusedRequestError: an unknown parameter, a wrong value, or a period of more than 90 days.
    """
    if unknown := [name for name in query if name not in KNOWN]:
        raise RefusedRequestError(400, f"unknown parameter {unknown[0]}; known: {', '.join(sorted(KNOWN))}")
    if repeated := [name for name in set(query) if len(query.getlist(name)) > 1]:
        raise RefusedRequestError(400, f"{repeated[0]} is given twice: separate several values by commas")
    if "service_request_id" in query:
        return {"keys": _several(query, "service_request_id")}
    filters: PublishedFilters = {}
    if "service_code" in query:
        filters["topics"] = topics_of_codes(options, _several(query, "service_code"))
    if "status" in query:
        filters["states"] = [state for one in _several(query, "status") for state in _states(one)]
    updated_since, updated_until = (_date(query, name) for name in ("updated_after", "updated_before"))
    since, until = (_date(query, name) for name in ("start_date", "end_date"))
    if updated_since is None and updated_until is None:
        since, until = _period(since, until, now)
    return {**filters, "since": since, "until": until, "updated_since": updated_since, "updated_until": updated_until}


def _period(since: datetime | None, until: datetime | None, now: datetime) -> tuple[datetime, datetime]:
    try:
        if since is None:
            until = until or now
            return until - SPAN, until
        until = until or since + SPAN
    except OverflowError:
        raise RefusedRequestError(400, "start_date or end_date: beyond the calendar") from None
    if until < since:
        raise RefusedRequestError(400, "end_date is before start_date")
    if until - since > SPAN:
        raise RefusedRequestError(400, "start_date and end_date may span 90 days at most: ask for several periods")
    return since, until


def _date(query: QueryParams, name: str) -> datetime | None:
    if name not in query:
        return None
    text = query[name].replace(" ", "+")  # an offset's plus sign that was not percent-encoded
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None or "T" not in text:
        raise RefusedRequestError(
            400,
            f"{name}: not a time with Z or an offset, such as 2026-11-24T10:00:00Z (in an address + is written %2B)",
        )
    return found


def _states(status: str) -> tuple[str, ...]:
    if status.lower() not in STATES:
        raise RefusedRequestError(400, f"status: {status[:40]} is neither open nor closed")
    return STATES[status.lower()]


def _several(query: QueryParams, name: str) -> list[str]:
    found = [one.strip() for one in query[name].split(",") if one.strip()]
    if not found:
        raise RefusedRequestError(400, f"{name} is empty")
    if len(found) > MAX_IDS:
        raise RefusedRequestError(400, f"{name}: {len(found)} values; ask for at most {MAX_IDS} at a time")
    return found


def _number(query: QueryParams, name: str, default: int, least: int, most: int) -> int:
    text = query.get(name, str(default))
    is_number = text.isascii() and text.isdecimal() and len(text) <= MAX_DIGITS
    if not is_number or not least <= int(text) <= most:
        raise RefusedRequestError(400, f"{name}: not a number from {least} to {most}")
    return int(text)


KNOWN = IGNORED | {
    "service_request_id", "service_code", "status", "start_date", "end_date", "updated_after", "updated_before",
    "page", "page_size", "rows", "start",
}  # fmt: skip
