"""Map a Request Tracker ticket to our case states; pure functions."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from core.errors import ConfigurationError
from core.records.case import ExternalStatus

Meaning = Literal["new", "assigned", "answered", "resolved", "rejected"]
STATUSES: dict[str, Meaning] = {
    "new": "new",
    "open": "assigned",
    "stalled": "assigned",
    "resolved": "resolved",
    "rejected": "rejected",
    "deleted": "rejected",
}
"""The statuses of Request Tracker's own lifecycle; `[contact_centre.options.statuses]` adds those of yours."""
CLOSED = ("resolved", "rejected")
_NOBODY = ("RT_System", "Nobody")


def case_status(
    reference: str, row: Mapping[str, Any], history: Sequence[Mapping[str, Any]], meanings: Mapping[str, Meaning]
) -> ExternalStatus:
    """Derive a ticket's state and its time from row and transactions.

    An answer is a `Correspond` by a person: not by the robot that made the ticket, nor by its requestor (the council's mailbox).
    After a reopening, only an answer given since then makes the ticket answered.

    Raises:
        ConfigurationError: a status without a meaning in the profile.
    """
    merged_into = str(row["EffectiveId"])
    if merged_into != reference:
        return ExternalStatus(state="merged", updated_at=parse_date(row["LastUpdated"]), merged_into=merged_into)
    meaning = meaning_of(reference, row, meanings)
    robots = {row["Creator"]["id"], *_NOBODY, *(person["id"] for person in row["Requestor"])}
    answers = [
        parse_date(t["Created"]) for t in history if t["Type"] == "Correspond" and t["Creator"]["id"] not in robots
    ]
    # the history of a surviving ticket holds the steps of those merged into it: they are not its own
    steps = [t for t in history if t["Type"] == "Status" and str(t["ObjectId"]) == reference]
    opened_again = [parse_date(t["Created"]) for t in steps if _opens_again(t, meanings)]
    since = parse_date(steps[-1]["Created"]) if steps else parse_date(row["Created"])
    valid = [at for at in answers if not opened_again or at >= opened_again[-1]]
    if meaning in ("new", "assigned") and valid:
        meaning, since = "answered", valid[0]
    return ExternalStatus(
        state=meaning, updated_at=since, answered_at=answers[0] if answers else None, note=row["Status"]
    )


def meaning_of(reference: str, row: Mapping[str, Any], meanings: Mapping[str, Meaning]) -> Meaning:
    """Translate the ticket's status into our state.

    Raises:
        ConfigurationError: a status without a meaning in the profile.
    """
    if row["Status"] not in meanings:
        raise ConfigurationError(
            f"ticket {reference} has the status '{row['Status']}', which is not known here: say what it means in the profile, "
            f'such as [contact_centre.options.statuses] {row["Status"]} = "assigned"'
        )
    return meanings[row["Status"]]


def parse_date(text: str) -> datetime:
    """Parse a date of Request Tracker.

    REST answers in UTC whatever the user's time zone.
    """
    return datetime.fromisoformat(text)


def _opens_again(transaction: Mapping[str, Any], meanings: Mapping[str, Meaning]) -> bool:
    was, became = meanings.get(transaction["OldValue"]), meanings.get(transaction["NewValue"])
    return was in CLOSED and became not in CLOSED
