"""Apply what new posts change in a ticket: priority and reopening."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import httpx

from contact_centre import http, routing
from contact_centre.request_tracker import client
from contact_centre.request_tracker.status import CLOSED, Meaning, meaning_of, parse_date
from core.errors import RefusedError, UnavailableError

TicketChange = dict[str, str | int | dict[str, str]]
"""Fields of a ticket and their new values."""
TRIES = 3
"""Attempts when the ticket keeps being changed by others."""


@dataclass(frozen=True)
class Wish:
    """Describe the change that new posts ask for."""

    priority: int
    newest: datetime
    """When the newest of the posts reached us."""
    window: timedelta
    """A ticket closed longer ago than this stays closed."""
    reopen_status: str
    meanings: Mapping[str, Meaning]


def carry_out(server: httpx.Client, number: str, wish: Wish) -> None:
    """Make the change under If-Match, and read it back.

    Raises:
        RefusedError: the ticket was deleted, or Request Tracker does not make the change (it answers 200 all the same).
        UnavailableError: the ticket keeps being changed by others.
    """
    _make(server, number, lambda row: change_for(row, wish))


def set_closed(server: httpx.Client, number: str, status: str, closed: bool, meanings: Mapping[str, Meaning]) -> None:
    """Close or reopen a ticket that is not so already.

    Raises:
        RefusedError: Request Tracker does not make the change.
        UnavailableError: the ticket keeps being changed by others.
    """

    def change(row: Mapping[str, Any]) -> TicketChange:
        return {} if (meaning_of(number, row, meanings) in CLOSED) is closed else {"Status": status}

    _make(server, number, change)


def set_queue(server: httpx.Client, number: str, queue: str, ours: Sequence[str], fields: Mapping[str, str]) -> None:
    """Move a ticket to a queue and set its custom fields.

    Nothing changes in a ticket that staff moved to a queue that is none of `ours`.

    Raises:
        RefusedError: Request Tracker does not make the change.
        UnavailableError: the ticket keeps being changed by others.
    """

    def change(row: Mapping[str, Any]) -> TicketChange:
        current = client.queue_name(server, str(row["Queue"]["id"]))
        if current not in ours:
            return {}
        other = {name: value for name, value in fields.items() if client.values(dict(row), name) != [value]}
        wanted: TicketChange = {"Queue": queue} if current != queue else {}
        return wanted | ({"CustomFields": other} if other else {})

    _make(server, number, change)


def _make(server: httpx.Client, number: str, change_of: Callable[[Mapping[str, Any]], TicketChange]) -> None:
    said = ""
    for _ in range(TRIES):
        row = client.fetch_ticket(server, number)
        change = change_of(row)
        if not change:
            return
        headers = {"If-Match": row["etag"]}
        answer = http.ask(server, "PUT", f"ticket/{number}", json=change, headers=headers, accept=(412,))
        said = "" if answer.status_code == 412 else http.error_text(answer)
    if not said:
        raise UnavailableError(f"ticket {number} is being changed by others all the time; trying again later")
    raise RefusedError(f"ticket {number}: Request Tracker did not make the change {change}: {said}")


def change_for(row: Mapping[str, Any], wish: Wish) -> TicketChange:
    """Decide which fields have to change.

    A post received before the ticket was closed reopens nothing: the person who closed it had the matter before them.

    Raises:
        RefusedError: the ticket was deleted, so the change would not be seen.
    """
    if row["Status"] == "deleted":
        raise RefusedError(
            f"ticket {row['id']} was deleted in Request Tracker: the desk shows the case and its new posts"
        )
    change: TicketChange = {}
    if int(row["Priority"]) < wish.priority:
        change["Priority"] = wish.priority
    is_closed = meaning_of(str(row["id"]), row, wish.meanings) in CLOSED
    if is_closed and routing.reopens(wish.newest, parse_date(row["Resolved"]), wish.window):
        change["Status"] = wish.reopen_status
    return change
