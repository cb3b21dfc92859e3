"""Build the fields of requests and updates; pure functions."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from contact_centre import routing, ticket
from contact_centre.marks import mark_of
from contact_centre.open311.shapes import Row
from contact_centre.open311.status import CLOSED, Meaning, changed_at, meaning_of
from core.config.city import City
from core.errors import ConfigurationError, RefusedError
from core.records.case import Case

LONGEST_DESCRIPTION = 4_000
"""Characters, by the standard."""


def location(case: Case, fallback: str) -> dict[str, str]:
    """Give one full location, as the standard demands.

    Raises:
        RefusedError: the case has no place.
    """
    if case.lat is not None and case.lon is not None and abs(case.lat) <= 90 and abs(case.lon) <= 180:
        return {"lat": f"{case.lat:.6f}", "long": f"{case.lon:.6f}"}
    place = ", ".join(ticket.one_line(part) for part in (case.place, case.district) if part) or fallback
    if not place:
        raise RefusedError(f"case {case.key} has no place, which Open311 demands: set fallback_address, or work it on the desk")
    return {"address_string": place}


def described(text: str, key: str) -> str:
    """End a text with our mark, within the standard's length."""
    mark = mark_of(key)
    return f"{ticket.cut(text, LONGEST_DESCRIPTION - len(mark) - 2)}\n\n{mark}"


def status_after(city: City, row: Row, meanings: Mapping[str, Meaning], newest: datetime | None, reopened: str) -> str:
    """Choose the status an update carries: the request's own, or `reopened`."""
    window = timedelta(days=city.triage.reopen_days)
    if newest is not None and meaning_of(row, meanings) in CLOSED and routing.reopens(newest, changed_at(row, city.zone), window):
        return reopened
    return row["status"].upper()


def check_ours(row: Row, url: str) -> None:
    """Refuse a request whose description does not end with a case key.

    Servers that show no description cannot be checked.

    Raises:
        ConfigurationError: it belongs to another server, or to others.
    """
    description = row.get("description", "").rstrip()
    if description and not (description.endswith("]") and "[" in description):
        raise ConfigurationError(
            f"request {row['service_request_id']} at {url} has no case key at the end of its description, so it is not ours: "
            "is this still the server that the cases were delivered to?"
        )
