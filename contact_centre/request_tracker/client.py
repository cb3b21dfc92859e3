"""Call Request Tracker's REST 2.0, and handle what its answers hide."""

from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote

import httpx

from contact_centre import http
from core.errors import ConfigurationError, RefusedError

Row = dict[str, Any]
CHUNK = 50
"""Ids in one query: the address stays below the length that every proxy takes."""
PAGE = 100
"""Request Tracker gives no more at once."""
_FIELDS = "Status,Created,LastUpdated,EffectiveId,Creator,Requestor,CustomFields"


def find_tickets(server: httpx.Client, field: str, key: str) -> list[str]:
    """Find the tickets with this case key, oldest first.

    Includes merged tickets; deleted ones are never found.
    """
    hits = []
    query = f"CF.{{{field}}} = {quoted(key)} AND EffectiveId > 0"  # without EffectiveId merged tickets are hidden
    for row in _pages(server, "tickets", {"query": query, "fields": "CustomFields"}):
        if key in values(row, field):  # the comparison of the database may ignore case
            hits.append(int(row["id"]))
    return [str(number) for number in sorted(hits)]


def fetch_ticket(server: httpx.Client, reference: str) -> Row:
    """Fetch a ticket with its `etag`; of a merged one the survivor.

    Raises:
        RefusedError: the ticket no longer exists.
    """
    row = by_number(server, reference)
    if row is None:
        raise RefusedError(f"ticket {reference} is no longer in Request Tracker: the desk shows the case and its new posts")
    return row


def by_number(server: httpx.Client, reference: str) -> Row | None:
    """Fetch a ticket by its number, shaped like a search row.

    None when it does not exist.
    """
    answer = http.ask(server, "GET", f"ticket/{quote(reference, safe='')}", accept=(404,))
    if answer.status_code == 404:
        return None
    row: Row = answer.json()
    # asked for a merged ticket, the server shows the surviving one
    return {**row, "EffectiveId": str(row["id"]), "etag": answer.headers.get("etag", "")}


def tickets(server: httpx.Client, references: Sequence[str]) -> dict[str, Row]:
    """Search these tickets by number.

    Deleted, removed and forbidden ones are left out.
    """
    numbers = [reference for reference in references if reference.isdecimal()]
    seen: dict[str, Row] = {}
    for start in range(0, len(numbers), CHUNK):
        wanted = " OR ".join(f"id = {number}" for number in numbers[start : start + CHUNK])
        for row in _pages(server, "tickets", {"query": f"({wanted}) AND EffectiveId > 0", "fields": _FIELDS}):
            seen[str(row["id"])] = row
    return seen


def history(server: httpx.Client, number: str) -> list[Row]:
    """Fetch the ticket's transactions in order.

    Those of a surviving ticket include those of the tickets merged into it.
    """
    fields = {"fields": "Type,Created,Creator,Data,ObjectId,OldValue,NewValue"}
    return sorted(_pages(server, f"ticket/{number}/history", fields), key=_transaction_number)


def has_note(server: httpx.Client, number: str, mark: str) -> bool:
    """Check whether the ticket has a comment with this subject.

    A transaction's `Data` holds the subject.
    """
    return any(t["Type"] == "Comment" and t["Data"].strip() == mark for t in history(server, number))


def queue_name(server: httpx.Client, number: str) -> str:
    """Return a queue's name; empty when the robot may not see it."""
    answer = http.ask(server, "GET", f"queue/{quote(number, safe='')}", accept=(403, 404))
    return "" if answer.status_code in (403, 404) else str(answer.json()["Name"])


def check_queue(server: httpx.Client, name: str, fields: Sequence[str]) -> None:
    """Prove that the queue accepts our tickets with all their fields.

    Raises:
        ConfigurationError: it does not; the message names the queue, field or right.
    """
    answer = http.ask(server, "GET", f"queue/{quote(name, safe='')}", accept=(403, 404))
    if answer.status_code in (403, 404):
        raise ConfigurationError(f"queue '{name}' does not exist in Request Tracker, or the robot lacks the right SeeQueue there")
    queue = answer.json()
    if queue["Disabled"] != "0":
        raise ConfigurationError(f"queue '{name}' is disabled in Request Tracker")
    applied = {field["name"] for field in queue["TicketCustomFields"]}
    lacking = [field for field in fields if field not in applied]
    if lacking:
        raise ConfigurationError(
            f"queue '{name}' lacks the custom field {', '.join(lacking)}, or the robot lacks the right SeeCustomField there"
        )
    if "create" not in _links(queue):
        raise ConfigurationError(f"the robot lacks the right CreateTicket in queue '{name}'")


def check_rights(server: httpx.Client, field: str, queues: Sequence[str]) -> str:
    """Prove the rights to comment and change on our newest ticket.

    Returns its number, empty when there is none yet.

    Raises:
        ConfigurationError: names the missing right.
    """
    ours = " OR ".join(f"Queue = {quoted(name)}" for name in queues)
    query = {"query": f"CF.{{{field}}} IS NOT NULL AND ({ours})", "orderby": "id", "order": "DESC", "per_page": "1"}
    newest = http.ask(server, "GET", "tickets", params=query).json()["items"]
    if not newest:
        return ""
    number = str(newest[0]["id"])
    links = _links(fetch_ticket(server, number))
    for link, right in (("comment", "CommentOnTicket"), ("lifecycle", "ModifyTicket")):
        if link not in links:
            raise ConfigurationError(f"the robot lacks the right {right} (seen at ticket {number})")
    return number


def values(row: Row, field: str) -> list[str]:
    """List the values of a ticket's custom field."""
    return [value for one in row["CustomFields"] if one["name"] == field for value in one["values"]]


def quoted(value: str) -> str:
    """Quote a value for TicketSQL, which escapes by backslash.

    A doubled quote is an error there. A quoted value such as `CF.{Name}` is still read as that field; our keys have no braces.
    """
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _pages(server: httpx.Client, path: str, params: dict[str, str]) -> Iterator[Row]:
    page = 1
    while True:
        answer = http.ask(server, "GET", path, params={**params, "per_page": str(PAGE), "page": str(page)}).json()
        yield from answer["items"]
        if page >= int(answer["pages"] or 0):
            return
        page += 1


def _transaction_number(row: Row) -> int:
    return int(row["id"])


def _links(row: Row) -> set[str]:
    return {link["ref"] for link in row["_hyperlinks"]}
