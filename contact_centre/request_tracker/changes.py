"""What new posts change in a ticket: the priority grows, and a ticket that was closed lately is opened again."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import httpx

from contact_centre import http
from contact_centre.request_tracker import client
from contact_centre.request_tracker.status import CLOSED, Meaning, meaning_of, parse_date
from core.errors import RefusedError, UnavailableError

TRIES = 3
"""How often a change is decided anew because somebody else changed the ticket meanwhile."""


@dataclass(frozen=True)
class Wish:
    """What the new posts ask for."""

    priority: int
    newest: datetime
    """When the newest of the posts reached us."""
    window: timedelta
    """A ticket closed longer ago than this stays closed."""
    reopen_status: str
    meanings: Mapping[str, Meaning]


def carry_out(server: httpx.Client, number: str, wish: Wish) -> None:
    """Make the change on the ticket as it is at that very moment, and read back that it was made.

    Raises:
        RefusedError: the ticket was deleted, or Request Tracker does not take the change (it says 200 all the same).
        UnavailableError: others change the ticket all the time.
    """
    said = ""
    for _ in range(TRIES):
        row = client.fetch_ticket(server, number)
        change = change_for(row, wish)
        if not change:
            return
        headers = {"If-Match": row["etag"]}
        answer = http.ask(server, "PUT", f"ticket/{number}", json=change, headers=headers, accept=(412,))
        said = "" if answer.status_code == 412 else http.error_text(answer)
    if not said:
        raise UnavailableError(f"ticket {number} is being changed by others all the time; trying again later")
    raise RefusedError(f"ticket {number}: Request Tracker did not make the change {change}: {said}")


def change_for(row: Mapping[str, Any], wish: Wish) -> dict[str, str | int]:
    """What has to change. A post that came before the closing opens nothing: whoever closed the ticket knew the matter.

    Raises:
        RefusedError: the ticket was deleted, nobody would see the change.
    """
    if row["Status"] == "deleted":
        raise RefusedError(
            f"ticket {row['id']} was deleted in Request Tracker: the desk shows the case and its new posts"
        )
    change: dict[str, str | int] = {}
    if int(row["Priority"]) < wish.priority:
        change["Priority"] = wish.priority
    if meaning_of(str(row["id"]), row, wish.meanings) in CLOSED:
        after = wish.newest - parse_date(row["Resolved"])
        if timedelta(0) <= after <= wish.window:
            change["Status"] = wish.reopen_status
    return change
