"""Map a GeoReport request to our case states; pure functions."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from contact_centre import ticket
from contact_centre.open311.shapes import Row
from core.errors import ConfigurationError
from core.records.case import ExternalStatus

Meaning = Literal["new", "assigned", "answered", "resolved", "rejected"]
STATUSES: dict[str, Meaning] = {
    "open": "new",
    "closed": "resolved",
    "investigating": "assigned",
    "planned": "assigned",
    "in_progress": "assigned",
    "action_scheduled": "assigned",
    "internal_referral": "assigned",
    "fixed": "resolved",
    "duplicate": "rejected",
    "no_further_action": "rejected",
    "not_councils_responsibility": "rejected",
    "unable_to_fix": "rejected",
}
"""`open` and `closed` of the standard, and the statuses FixMyStreet adds; `[contact_centre.options.statuses]` adds others."""
CLOSED = ("resolved", "rejected")
NOTES = 300
"""Characters kept of a request's `status_notes`."""


def request_status(row: Row, meanings: Mapping[str, Meaning], zone: ZoneInfo) -> ExternalStatus:
    """Derive a request's state and its time.

    `status_notes` is kept, for "closed" alone does not say that the cause was repaired.

    Raises:
        ConfigurationError: a status without a meaning in the profile.
    """
    notes = ticket.cut(ticket.one_line(row.get("status_notes", "")), NOTES)
    status = row["status"].lower()
    return ExternalStatus(state=meaning_of(row, meanings), updated_at=changed_at(row, zone), note=f"{status}: {notes}" if notes else status)


def meaning_of(row: Row, meanings: Mapping[str, Meaning]) -> Meaning:
    """Translate the request's status into our state.

    Raises:
        ConfigurationError: a status without a meaning in the profile.
    """
    status = row["status"].lower()
    if status not in meanings:
        raise ConfigurationError(
            f"request {row['service_request_id']} has the status '{status}', which is not known here: say what it means in the "
            f'profile, such as [contact_centre.options.statuses] {status} = "assigned"'
        )
    return meanings[status]


def changed_at(row: Row, zone: ZoneInfo) -> datetime:
    """Read when the request changed last.

    A time without an offset is local.

    >>> changed_at({"requested_datetime": "2010-04-14T06:37:38-08:00"}, ZoneInfo("Europe/Madrid")).isoformat()
    '2010-04-14T06:37:38-08:00'
    """
    moment = datetime.fromisoformat(row.get("updated_datetime") or row["requested_datetime"])
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)
