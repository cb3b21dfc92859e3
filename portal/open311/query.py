"""Read the filters and pages of a list of requests."""

import math
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from starlette.datastructures import QueryParams

from core.config.profile.open311 import Open311
from core.records.area import Box
from core.records.case import OPEN
from gazetteer.reverse.nearest import METRES_PER_DEGREE, distance_m
from ledger.read import PublishedFilters
from portal.open311.answers import RefusedRequestError
from portal.open311.requests import POINT_DECIMALS
from portal.open311.services import topics_of_codes

SPAN = timedelta(days=90)
"""The longest period of one list, by the standard."""
MAX_PAGE_SIZE = 1000
MAX_OFFSET = 1_000_000
MAX_IDS = 200
MAX_DIGITS = 9
MAX_RADIUS_M = 100_000.0
PLACE = ("lat", "long", "radius")
KNOWN = frozenset({"start_date", "end_date", "updated_after", "updated_before", "page", "page_size", "rows", "start", "bbox", *PLACE})
"""Filters that take one value."""
_UNENCODED = re.compile(r" (\d\d:?\d\d)$")
"""An offset whose plus sign was not percent-encoded."""
STATES: dict[str, tuple[str, ...]] = {"open": tuple(sorted(OPEN)), "closed": ("merged", "rejected", "resolved")}


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


@dataclass(frozen=True)
class Nearby:
    """Say where published points must lie: in a box, around a point."""

    box: Box | None
    point: tuple[float, float] | None
    radius_m: float

    def contains(self, lat: float | None, lon: float | None) -> bool:
        """Tell whether a point is there; None: no place is published."""
        if lat is None or lon is None:
            return False
        in_box = self.box is None or (self.box.south <= lat <= self.box.north and self.box.west <= lon <= self.box.east)
        return in_box and (self.point is None or distance_m(lat, lon, *self.point) <= self.radius_m)

    def around(self, decimals: int) -> Box:
        """Return a box for the points before they are rounded."""
        south, west, north, east = -90.0, -180.0, 90.0, 180.0
        if self.box is not None:
            south, west, north, east = self.box.south, self.box.west, self.box.north, self.box.east
        if self.point is not None:
            (lat, lon), high = self.point, self.radius_m / METRES_PER_DEGREE
            wide = high / max(math.cos(math.radians(min(abs(lat) + high, 89.0))), 0.01)
            south, north = max(south, lat - high), min(north, lat + high)
            west, east = max(west, lon - wide), min(east, lon + wide)
        rounded = 10.0**-decimals + 10.0**-POINT_DECIMALS
        return Box(south=south - rounded, west=west - rounded, north=north + rounded, east=east + rounded)


def read_filters(query: QueryParams, options: Open311, zone: ZoneInfo, now: datetime) -> PublishedFilters:
    """Read the filters of a list but its place.

    Other parameters change nothing. Without dates: the last 90 days. Times without an offset are local to `zone`.

    Raises:
        RefusedRequestError: a wrong value, one given twice, or a period of more than 90 days.
    """
    if repeated := [name for name in KNOWN & set(query) if len(query.getlist(name)) > 1]:
        raise RefusedRequestError(400, f"{repeated[0]} is given twice")
    filters: PublishedFilters = {}
    if "service_code" in query:
        filters["topics"] = topics_of_codes(options, several(query, "service_code"))
    if "status" in query:
        filters["states"] = [state for one in several(query, "status") for state in _states(one)]
    updated_since, updated_until = (_date(query, name, zone) for name in ("updated_after", "updated_before"))
    if updated_since is None and updated_until is None:
        since, until = read_period(query, zone, now)
        return {**filters, "since": since, "until": until}
    since, until = (_date(query, name, zone) for name in ("start_date", "end_date"))  # type: ignore[assignment]
    return {**filters, "since": since, "until": until, "updated_since": updated_since, "updated_until": updated_until}


def read_nearby(query: QueryParams) -> Nearby | None:
    """Read `bbox`, or `lat`, `long` and `radius`.

    The box is west, south, east, north; the radius is in metres. None: neither is given.

    Raises:
        RefusedRequestError: not such numbers, or one is missing.
    """
    box = _box(query["bbox"]) if query.get("bbox") else None
    given = [name for name in PLACE if query.get(name)]
    if not given:
        return None if box is None else Nearby(box, None, 0.0)
    if missing := [name for name in PLACE if name not in given]:
        raise RefusedRequestError(400, f"{missing[0]} is missing: lat, long and radius (in metres) belong together")
    lat, lon, radius = _numbers(",".join(query[name] for name in PLACE), "lat, long and radius", 3)
    if abs(lat) > 90 or abs(lon) > 180 or not 0 < radius <= MAX_RADIUS_M:
        words = f"lat, long and radius: not degrees in WGS 84 and metres up to {MAX_RADIUS_M:,.0f}"
        raise RefusedRequestError(400, words)
    return Nearby(box, (lat, lon), radius)


def read_period(query: QueryParams, zone: ZoneInfo, now: datetime) -> tuple[datetime, datetime]:
    """Read `start_date` and `end_date`; without them the last 90 days.

    Raises:
        RefusedRequestError: no time, the end before the start, or more than 90 days.
    """
    return _period(_date(query, "start_date", zone), _date(query, "end_date", zone), now)


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


def _date(query: QueryParams, name: str, zone: ZoneInfo) -> datetime | None:
    return read_moment(query[name], name, zone) if query.get(name) else None


def read_moment(text: str, name: str, zone: ZoneInfo) -> datetime:
    """Read a time, or a day: its begin. Without an offset it is local to `zone`.

    Raises:
        RefusedRequestError: it is no time.
    """
    try:
        found = datetime.fromisoformat(_UNENCODED.sub(r"+\1", text.strip()))
        found = found if found.tzinfo else found.replace(tzinfo=zone)
        found.astimezone(UTC)
    except (ValueError, OverflowError):
        words = f"{name}: not a time such as 2026-11-24T10:00:00Z, or a day; without Z or an offset it is local time"
        raise RefusedRequestError(400, words) from None
    return found


def _box(text: str) -> Box:
    west, south, east, north = _numbers(text, "bbox", 4)
    if not (-90 <= south <= north <= 90 and -180 <= west <= east <= 180):
        raise RefusedRequestError(400, "bbox: not west,south,east,north in degrees of WGS 84")
    return Box(south=south, west=west, north=north, east=east)


def _numbers(text: str, name: str, count: int) -> list[float]:
    try:
        found = [float(one) for one in text.split(",")]
    except ValueError:
        found = []
    if len(found) != count or not all(map(math.isfinite, found)):
        raise RefusedRequestError(400, f"{name}: not {count} numbers")
    return found


def _states(status: str) -> tuple[str, ...]:
    if status.lower() not in STATES:
        raise RefusedRequestError(400, f"status: {status[:40]} is neither open nor closed")
    return STATES[status.lower()]


def several(query: QueryParams, name: str) -> list[str]:
    """Return the values of a filter that takes several.

    They are separated by commas, or it is given again.

    Raises:
        RefusedRequestError: none, or too many.
    """
    found = [one.strip() for one in ",".join(query.getlist(name)).split(",") if one.strip()]
    if not found:
        raise RefusedRequestError(400, f"{name} is empty")
    if len(found) > MAX_IDS:
        raise RefusedRequestError(400, f"{name}: {len(found)} values; ask for at most {MAX_IDS} at a time")
    return found


def _number(query: QueryParams, name: str, default: int, least: int, most: int) -> int:
    text = query.get(name) or str(default)
    is_number = text.isascii() and text.isdecimal() and len(text) <= MAX_DIGITS
    if not is_number or not least <= int(text) <= most:
        raise RefusedRequestError(400, f"{name}: not a number from {least} to {most}")
    return int(text)
