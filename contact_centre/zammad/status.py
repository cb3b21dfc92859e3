"""Map a Zammad ticket to our case states; pure functions."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from core.errors import ConfigurationError
from core.records.case import ExternalStatus

Meaning = Literal["new", "assigned", "answered", "resolved", "rejected"]
STATUSES: dict[str, Meaning] = {
    "new": "new",
    "open": "assigned",
    "pending reminder": "assigned",
    "pending close": "assigned",
    "closed": "resolved",
    "removed": "rejected",
}
"""Zammad's own states; `[contact_centre.options.statuses]` adds those of yours."""
MERGED = "merged"
CLOSED = ("resolved", "rejected")


def case_status(
    row: Mapping[str, Any],
    articles: Sequence[Mapping[str, Any]],
    history: Sequence[Mapping[str, Any]],
    meanings: Mapping[str, Meaning],
) -> ExternalStatus:
    """Derive a ticket's state and its time from its articles and history.

    An answer is an article by an agent that the customer sees, not one of ours. After a reopening, only an answer given since then
    makes the ticket answered.

    Raises:
        ConfigurationError: a state without a meaning in the profile.
    """
    meaning = meaning_of(row, meanings)
    robot = row["created_by_id"]
    answers = [
        parse_date(one["created_at"])
        for one in articles
        if one["sender"] == "Agent" and not one["internal"] and one["created_by_id"] != robot
    ]
    steps = state_changes(row, history)
    reopened = [parse_date(one["created_at"]) for one in steps if _reopens(one, meanings)]
    since = parse_date(steps[-1]["created_at"]) if steps else parse_date(row["created_at"])
    valid = [at for at in answers if not reopened or at >= reopened[-1]]
    if meaning in ("new", "assigned") and valid:
        meaning, since = "answered", valid[0]
    return ExternalStatus(
        state=meaning, updated_at=since, answered_at=answers[0] if answers else None, note=row["state"]
    )


def meaning_of(row: Mapping[str, Any], meanings: Mapping[str, Meaning]) -> Meaning:
    """Translate the ticket's state into ours.

    Raises:
        ConfigurationError: a state without a meaning in the profile.
    """
    if row["state"] not in meanings:
        raise ConfigurationError(
            f"ticket {row['id']} has the state '{row['state']}', which is not known here: say what it means in the profile, "
            f'such as [contact_centre.options.statuses] "{row["state"]}" = "assigned"'
        )
    return meanings[row["state"]]


def state_changes(row: Mapping[str, Any], history: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """List the changes of this ticket's state, oldest first."""
    steps = [
        one
        for one in history
        if one["object"] == "Ticket"
        and one.get("attribute") == "state"
        and one["o_id"] == row["id"]
        and one["type"] == "updated"
    ]
    return sorted(steps, key=lambda one: int(one["id"]))


def closed_at(row: Mapping[str, Any], history: Sequence[Mapping[str, Any]]) -> datetime:
    """Say when a closed ticket was closed last."""
    steps = state_changes(row, history)
    return parse_date(steps[-1]["created_at"] if steps else row["updated_at"])


def parse_date(text: str) -> datetime:
    """Parse a time, always in UTC.

    >>> parse_date("2026-11-24T09:30:00.123Z").isoformat()
    '2026-11-24T09:30:00.123000+00:00'
    """
    return datetime.fromisoformat(text)


def _reopens(step: Mapping[str, Any], meanings: Mapping[str, Meaning]) -> bool:
    before, after = meanings.get(step["value_from"]), meanings.get(step["value_to"])
    return before in CLOSED and after not in CLOSED
