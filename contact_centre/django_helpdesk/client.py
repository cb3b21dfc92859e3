"""Call django-helpdesk's REST interface, and handle what it ignores."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import httpx

from contact_centre import http
from core.errors import ConfigurationError, RefusedError

Row = dict[str, Any]
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
"""A ticket without follow-ups has no time in the interface."""
FEW = 20
"""Up to this many tickets are asked for one by one."""


def find_tickets(server: httpx.Client, field: str, key: str, page_size: int, since: datetime) -> list[str]:
    """Find the tickets with this case key opened since then, oldest first.

    There is no search: tickets are listed from the newest on, until a whole page is older.
    """
    found = []
    for rows in _pages(server, page_size):
        found += [int(row["id"]) for row in rows if row.get(f"custom_{field}") == key]
        # a merge moves follow-ups: one old date proves nothing about its ticket
        dates = [opened_at(row) for row in rows if row["followup_set"]]
        if dates and max(dates) < since:
            break
    return [str(number) for number in sorted(found)]


def _pages(server: httpx.Client, page_size: int) -> Iterator[list[Row]]:
    """List all tickets page by page, the newest page first.

    They are sorted by id.
    """
    page: int | str = "last"
    while True:
        query = {"page_size": str(page_size), "page": str(page)}
        answer = http.ask(server, "GET", "tickets/", params=query).json()
        yield [_checked(row) for row in answer["results"]]
        number = -(-int(answer["count"]) // page_size) if page == "last" else int(page)
        if number <= 1:
            return
        page = number - 1


def _checked(row: Row) -> Row:
    """Refuse a row that is no ticket."""
    _ = row["id"], row["status"], row["followup_set"]
    return row


def ticket_by_id(server: httpx.Client, reference: str) -> Row | None:
    """Fetch a ticket; None when it does not exist."""
    if not reference.isdecimal():
        return None
    answer = http.ask(server, "GET", f"tickets/{reference}/", accept=(404,))
    return None if answer.status_code == 404 else _checked(answer.json())


def tickets(server: httpx.Client, references: Sequence[str], page_size: int) -> dict[str, Row]:
    """Fetch these tickets; missing ones are left out.

    Many are read from the list, for each request makes the server load every ticket.
    """
    wanted, seen = set(references), dict[str, Row]()
    if len(wanted) > FEW:
        for rows in _pages(server, page_size):
            seen |= {str(row["id"]): row for row in rows if str(row["id"]) in wanted}
            if len(seen) == len(wanted):
                break
    for reference in sorted(wanted - set(seen)):
        if (one := ticket_by_id(server, reference)) is not None:
            seen[reference] = one
    return seen


def survivor(server: httpx.Client, reference: str) -> Row:
    """Fetch a ticket, or the one it was merged into.

    Raises:
        RefusedError: it no longer exists.
    """
    seen = [reference]
    while True:
        row = ticket_by_id(server, seen[-1])
        if row is None or str(row["merged_to"]) in seen:
            raise RefusedError(f"ticket {reference} is no longer in django-helpdesk: the desk shows the case and its new posts")
        if row["merged_to"] is None:
            return row
        seen.append(str(row["merged_to"]))


def opened_at(row: Row) -> datetime:
    """Say when the ticket was opened; 1970 without any follow-up."""
    return datetime.fromisoformat(row["followup_set"][0]["date"]) if row["followup_set"] else LONG_AGO


def check_fields(server: httpx.Client, fields: Sequence[str]) -> None:
    """Prove that tickets have these custom fields.

    Raises:
        ConfigurationError: names the field.
    """
    answer = http.ask(server, "OPTIONS", "tickets/").json()
    known = answer.get("actions", {}).get("POST", {})
    if lacking := [name for name in fields if f"custom_{name}" not in known]:
        raise ConfigurationError(f"django-helpdesk has no custom field '{lacking[0]}': add it in its administration")


def check_queue(server: httpx.Client, queue: str) -> None:
    """Prove that the user may create tickets in the queue.

    Sends a ticket without a title, which cannot be accepted: the answer lists everything that is wrong with it.

    Raises:
        ConfigurationError: the queue is not among what the user may use.
    """
    if not queue.isdecimal():
        raise ConfigurationError(f"queue '{queue}': with django-helpdesk give the queue's number")
    answer = http.ask(server, "POST", "tickets/", json={"queue": int(queue)}, accept=(400,))
    if answer.status_code != 400 or "queue" in answer.json():
        raise ConfigurationError(f"queue {queue} does not exist in django-helpdesk, or the user may not use it")
