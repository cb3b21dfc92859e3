"""Map a django-helpdesk ticket to our case states; pure functions."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Literal

from core.errors import ConfigurationError
from core.records.case import ExternalStatus

Meaning = Literal["new", "assigned", "answered", "resolved", "rejected"]
STATUSES: dict[str, Meaning] = {"1": "new", "2": "assigned", "3": "resolved", "4": "resolved", "5": "rejected"}
"""Open, reopened, resolved, closed, duplicate; `[contact_centre.options.statuses]` adds those of your settings."""
CLOSED = ("resolved", "rejected")
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
"""A ticket without follow-ups has no time in the interface."""


def case_status(row: Mapping[str, Any], meanings: Mapping[str, Meaning]) -> ExternalStatus:
    """Derive a ticket's state and its time from its follow-ups.

    An answer is a public follow-up by staff; the first one, which records that the ticket was opened, is ours. After a reopening, only
    an answer given since then makes the ticket answered.

    Raises:
        ConfigurationError: a status without a meaning in the profile.
    """
    meaning = meaning_of(row, meanings)
    ours = (None, *(one["user"] for one in row["followup_set"][:1]))
    answers = [parse_date(one["date"]) for one in row["followup_set"] if one["public"] and one["user"] not in ours]
    reopened = _reopenings(row, meanings)
    since = changed_at(row)
    valid = [at for at in answers if not reopened or at >= reopened[-1]]
    if meaning in ("new", "assigned") and valid:
        meaning, since = "answered", valid[0]
    elif meaning == "new" and row["assigned_to"] is not None:
        meaning = "assigned"
    return ExternalStatus(
        state=meaning, updated_at=since, answered_at=answers[0] if answers else None, note=f"status {row['status']}"
    )


def meaning_of(row: Mapping[str, Any], meanings: Mapping[str, Meaning]) -> Meaning:
    """Translate the ticket's status into our state.

    Raises:
        ConfigurationError: a status without a meaning in the profile.
    """
    status = str(row["status"])
    if status not in meanings:
        raise ConfigurationError(
            f"ticket {row['id']} has the status {status}, which is not known here: say what it means in the profile, "
            f'such as [contact_centre.options.statuses] {status} = "assigned"'
        )
    return meanings[status]


def changed_at(row: Mapping[str, Any]) -> datetime:
    """Say when the status changed last, or the ticket was opened."""
    steps = [one for one in row["followup_set"] if one["new_status"] is not None]
    return parse_date(steps[-1]["date"]) if steps else opened_at(row)


def opened_at(row: Mapping[str, Any]) -> datetime:
    """Say when the ticket was opened; 1970 without any follow-up.

    The first one records it.
    """
    return parse_date(row["followup_set"][0]["date"]) if row["followup_set"] else LONG_AGO


def last_change(row: Mapping[str, Any]) -> datetime:
    """Say when the last follow-up was written; 1970 when there is none."""
    return max((parse_date(one["date"]) for one in row["followup_set"]), default=LONG_AGO)


def parse_date(text: str) -> datetime:
    """Parse a time with its offset.

    >>> parse_date("2026-11-24T10:30:00.123456+01:00").astimezone(UTC).isoformat()
    '2026-11-24T09:30:00.123456+00:00'
    """
    return datetime.fromisoformat(text)


def _reopenings(row: Mapping[str, Any], meanings: Mapping[str, Meaning]) -> list[datetime]:
    """List when the ticket left a closed status."""
    found, before = [], "new"
    for one in row["followup_set"]:
        after = meanings.get(str(one["new_status"]), before)
        if before in CLOSED and after not in CLOSED:
            found.append(parse_date(one["date"]))
        before = after
    return found
