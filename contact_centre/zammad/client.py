"""Call Zammad's REST interface, and handle what its answers hide."""

from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote

import httpx

from contact_centre import http
from core.errors import ConfigurationError, RefusedError

Row = dict[str, Any]
PAGE = 200
"""Zammad gives no more at once."""
MOST_PAGES = 50
"""A search for one case key fills no second page: more pages than this mean that its condition is ignored."""
MERGED = "merged"
EXPAND = {"expand": "true"}
"""Asks for names of states, groups and users beside their ids."""


def find_tickets(server: httpx.Client, field: str, key: str) -> list[str]:
    """Find the tickets with this case key, oldest first, merged ones too."""
    return [str(number) for number in sorted(int(row["id"]) for row in _search(server, field, key) if row.get(field) == key)]


def _search(server: httpx.Client, field: str, key: str) -> Iterator[Row]:
    """Search by condition.

    Zammad answers it from its database; a text query comes from an index that lags behind.

    Raises:
        ConfigurationError: the condition is ignored, and there are too many tickets to read them all.
    """
    condition = {f"condition[ticket.{field}][operator]": "is", f"condition[ticket.{field}][value]": key}
    paging = {"sort_by": "created_at", "order_by": "asc", "per_page": str(PAGE), "limit": str(PAGE)}
    for page in range(1, MOST_PAGES + 1):
        query = {**EXPAND, **condition, **paging, "page": str(page)}
        rows: list[Row] = http.ask(server, "GET", "tickets/search", params=query).json()
        yield from (_checked(row) for row in _listed(rows))
        if len(rows) < PAGE:
            return
    raise ConfigurationError(f"{server.base_url} ignores the search condition: a case cannot be looked up there")


def _listed(body: Any) -> list[Row]:
    if not isinstance(body, list):
        raise TypeError("a list of tickets was expected")
    return body


def _checked(row: Row) -> Row:
    """Refuse a row that is no ticket."""
    _ = row["id"], row["state"]
    return row


def ticket_by_id(server: httpx.Client, reference: str) -> Row | None:
    """Fetch a ticket; None when it does not exist."""
    answer = http.ask(server, "GET", f"tickets/{quote(reference, safe='')}", params=EXPAND, accept=(404,))
    return None if answer.status_code == 404 else _checked(answer.json())


def fetch_ticket(server: httpx.Client, reference: str) -> Row:
    """Fetch a ticket, or the one it was merged into.

    Raises:
        RefusedError: it no longer exists.
    """
    row = ticket_by_id(server, reference)
    if row is not None and row["state"] == MERGED:
        row = ticket_by_id(server, survivor(server, reference))
    if row is None:
        raise RefusedError(f"ticket {reference} is no longer in Zammad: the desk shows the case and its new posts")
    return row


def survivor(server: httpx.Client, reference: str) -> str:
    """Follow a chain of merges to the ticket that is left.

    A merged ticket is linked to its parent.

    Raises:
        RefusedError: the link is missing.
    """
    seen = [reference]
    while (row := ticket_by_id(server, seen[-1])) is not None and row["state"] == MERGED:
        query = {"link_object": "Ticket", "link_object_value": seen[-1]}
        links = http.ask(server, "GET", "links", params=query).json()["links"]
        parents = [str(one["link_object_value"]) for one in links if one["link_type"] == "parent"]
        if not parents or parents[0] in seen:
            raise RefusedError(f"ticket {reference} was merged in Zammad, and its link to the other ticket is missing")
        seen.append(parents[0])
    return seen[-1]


def articles(server: httpx.Client, number: str) -> list[Row]:
    """List the ticket's articles in order."""
    rows = _listed(http.ask(server, "GET", f"ticket_articles/by_ticket/{number}", params=EXPAND).json())
    return sorted(rows, key=lambda row: int(row["id"]))


def history(server: httpx.Client, number: str) -> list[Row]:
    """List the ticket's changes."""
    rows: list[Row] = http.ask(server, "GET", f"ticket_history/{number}").json()["history"]
    return rows


def has_note(server: httpx.Client, number: str, mark: str) -> bool:
    """Check whether the ticket has an article with this subject."""
    return any(row.get("subject") == mark for row in articles(server, number))


def check_groups(server: httpx.Client, names: Sequence[str]) -> None:
    """Prove that the token's user may create tickets in these groups.

    Raises:
        ConfigurationError: names the group.
    """
    found = http.ask(server, "GET", "ticket_create").json()
    groups = {row["name"] for row in found["assets"].get("Group", {}).values() if row.get("active", True)}
    if lacking := [name for name in names if name not in groups]:
        raise ConfigurationError(
            f"group '{lacking[0]}' does not exist in Zammad, or the token's user may not create tickets in it (rights: full)"
        )


def check_field(server: httpx.Client, field: str) -> None:
    """Prove that tickets have the attribute for the case key.

    Raises:
        ConfigurationError: they have not.
    """
    try:
        find_tickets(server, field, "escucha:check")
    except RefusedError as error:
        raise ConfigurationError(f"tickets have no attribute '{field}' in Zammad: add it under Objects > Ticket ({error})") from None
