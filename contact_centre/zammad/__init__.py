"""Raise cases as tickets in Zammad and follow them.

Pitfalls, from Zammad's source and issues:
- an unknown ticket attribute is dropped and the answer is still 201: each new ticket is looked up by its key;
- a text query is answered from an index that lags behind, a condition from the database: only conditions are used;
- nothing keeps a key unique: of two concurrent creates the younger ticket is merged into the older;
- a failed merge is answered with 200 and `"result": "failed"`;
- a public article may be mailed to the customer: ours are internal notes, and the customer is a mailbox of the council.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import httpx
from pydantic import Field, SecretStr

from contact_centre import http, routing, ticket, ticket_system
from contact_centre.zammad import client
from contact_centre.zammad.client import Row
from contact_centre.zammad.status import (
    CLOSED,
    MERGED,
    STATUSES,
    Meaning,
    case_status,
    closed_at,
    meaning_of,
    parse_date,
)
from core.config import plugins
from core.config.city import City
from core.errors import RefusedError
from core.records.case import Case, ExternalStatus
from core.records.post import Post
from core.runtime.failpoints import failpoint


class Options(ticket_system.TicketOptions):
    """Define `[contact_centre.options]` for `system = "zammad"`."""

    group: str
    """Group for departments that name none of their own (`[[departments]] queue`)."""
    customer: str = Field(pattern=ticket_system.MAIL_ADDRESS)
    """A mailbox of the council, the customer of every ticket; never a citizen's."""
    key_field: str = Field("escucha_key", pattern=r"^[a-z][a-z0-9_]*$")
    """Ticket attribute that holds our case key."""
    statuses: dict[str, Meaning] = Field(default_factory=dict)
    """States of your own, and what they mean here: `"with contractor" = "assigned"`."""
    reopen_state: str = "open"
    """State a closed ticket gets when new posts come within `[triage] reopen_days`."""
    merged_state: str = "closed"
    """State a ticket gets when its case is merged into another one on the desk."""
    priorities: tuple[str, str, str, str, str] = ("1 low", "1 low", "2 normal", "3 high", "3 high")
    """Names in Zammad of our priorities 1 (low) to 5 (urgent)."""


class Secrets(plugins.Secrets):
    """Read `ESCUCHA_ZAMMAD_TOKEN`, an access token with the permission `ticket.agent`."""

    zammad_token: SecretStr


def open_case(city: City, options: Options, secrets: Secrets, case: Case, posts: Sequence[Post], desk_url: str) -> str:
    """Return the id of the case's ticket; create it when missing."""
    subject, text = ticket.subject(case), ticket.body(city, case, posts, desk_url)
    asked = {
        "title": subject,
        "group": routing.queue_of(city, case, options.group),
        "customer_id": f"guess:{options.customer}",
        "priority": routing.priority_of(options.priorities, case),
        options.key_field: case.key,
        **routing.field_values(city, options.fields, case, posts),
        "article": _note(subject, text),
    }
    with _server(city, options, secrets) as server:
        if known := client.find_tickets(server, options.key_field, case.key):
            return known[0]
        made = str(http.ask(server, "POST", "tickets", json=asked).json()["id"])
        failpoint("zammad.posted")
        with http.confirm_sent(case.key):
            return client.settled(server, options.key_field, case.key, made)


def append(
    city: City, options: Options, secrets: Secrets, reference: str, case: Case, posts: Sequence[Post], note_key: str
) -> None:
    """Add the new posts as one internal note.

    Raises the ticket's priority, and reopens a ticket that was closed within `[triage] reopen_days`.
    """
    if not posts:  # erased before delivery: nothing is left to send
        return
    mark, text = f"escucha:{note_key}", ticket.note(city, case, posts)
    newest = max(post.received_at for post in posts)
    with _server(city, options, secrets) as server:
        number = str(client.fetch_ticket(server, reference)["id"])
        if client.has_note(server, number, mark):
            return
        _change(city, options, server, number, routing.priority_of(options.priorities, case), newest)
        http.ask(server, "POST", "ticket_articles", json={"ticket_id": int(number), **_note(mark, text)})
        failpoint("zammad.commented")
        if not client.has_note(server, number, mark):
            raise RefusedError(
                f"ticket {number}: our note cannot be read back: give the token's user the right to read its group"
            )


def move(
    city: City,
    options: Options,
    secrets: Secrets,
    reference: str,
    case: Case,
    posts: Sequence[Post],
    desk_url: str,  # noqa: ARG001  same form
    note_key: str,
) -> None:
    """Say the service in one internal note; change group and fields."""
    mark, wanted = f"escucha:{note_key}", routing.field_values(city, options.fields, case, posts)
    with _server(city, options, secrets) as server:
        row = client.fetch_ticket(server, reference)
        number = str(row["id"])
        if client.has_note(server, number, mark):
            return
        wanted["group"] = routing.queue_of(city, case, options.group)
        change = {name: value for name, value in wanted.items() if row.get(name) != value}
        # where staff moved it to a group that is none of ours, it stays
        if change and row["group"] in routing.all_queues(city, options.group):
            http.ask(server, "PUT", f"tickets/{number}", json=change)
            if client.fetch_ticket(server, number)["group"] != wanted["group"]:
                raise RefusedError(
                    f"ticket {number}: Zammad did not move it to the group '{wanted['group']}': move it there by hand"
                )
        http.ask(
            server,
            "POST",
            "ticket_articles",
            json={"ticket_id": int(number), **_note(mark, ticket.service_note(city, case))},
        )
        failpoint("zammad.moved")


def note_merge(
    city: City,
    options: Options,
    secrets: Secrets,
    reference: str,
    text: str,
    note_key: str,
    change: Literal["close", "reopen", "none"],
) -> None:
    """Add the note of a merge and close or reopen; see `core.config.protocols.NotesMerges`."""
    note = ticket_system.merge_note(note_key, change, options.merged_state, options.reopen_state)
    with _server(city, options, secrets) as server:
        row = client.fetch_ticket(server, reference)
        number = ticket_system.number_to_note(reference, row, lambda found: client.has_note(server, found, note.mark))
        if number is None:
            return
        is_closed = meaning_of(row, {**STATUSES, **options.statuses}) in CLOSED
        if note.status is not None and is_closed is (change == "reopen"):
            http.ask(server, "PUT", f"tickets/{number}", json={"state": note.status})
            if client.fetch_ticket(server, number)["state"] != note.status:
                raise RefusedError(f"ticket {number}: Zammad did not set the state '{note.status}': set merged_state")
        http.ask(server, "POST", "ticket_articles", json={"ticket_id": int(number), **_note(note.mark, text)})
        failpoint("zammad.merge_noted")


def state(
    city: City, options: Options, secrets: Secrets, references: Sequence[str], since: datetime | None
) -> dict[str, ExternalStatus]:
    """Return the state of the tickets that changed since then.

    `gone` when a ticket was deleted.
    """
    meanings, found = {**STATUSES, **options.statuses}, {}
    with _server(city, options, secrets) as server:
        for reference in references:
            row = client.ticket_by_id(server, reference)
            if row is None:
                found[reference] = ExternalStatus(state="gone", updated_at=datetime.now(UTC))
            elif row["state"] == MERGED:
                into = client.survivor(server, reference)
                found[reference] = ExternalStatus(
                    state="merged", updated_at=parse_date(row["updated_at"]), merged_into=into
                )
            elif not row.get(options.key_field):
                raise ticket_system.foreign_ticket(options, reference, options.key_field, "Zammad")
            elif since is None or parse_date(row["updated_at"]) >= since.replace(microsecond=0):
                articles, history = client.articles(server, reference), client.history(server, reference)
                found[reference] = case_status(row, articles, history, meanings)
    return found


def check(city: City, options: Options, secrets: Secrets) -> str:
    """Prove the token, the groups and the attribute of the case key."""
    groups = routing.all_queues(city, options.group)
    with _server(city, options, secrets) as server:
        user = http.ask(server, "GET", "users/me").json()["login"]
        client.check_groups(server, groups)
        client.check_field(server, options.key_field)
    return f"Zammad at {options.url} takes cases of {user} in {', '.join(groups)}"


def address(options: Options, reference: str) -> str:
    """Build the address of the ticket's page."""
    return f"{options.page}/#ticket/zoom/{reference}"


def _server(city: City, options: Options, secrets: Secrets) -> AbstractContextManager[httpx.Client]:
    authorization = f"Token token={secrets.zammad_token.get_secret_value()}"
    return ticket_system.open_server(city, options, "api/v1", authorization)


def _note(subject: str, text: str) -> dict[str, Any]:
    """Build an internal note in plain text: it is never mailed."""
    return {
        "subject": subject,
        "body": text,
        "content_type": "text/plain",
        "type": "note",
        "sender": "Agent",
        "internal": True,
    }


def _change(city: City, options: Options, server: httpx.Client, number: str, priority: str, newest: datetime) -> None:
    """Raise the priority and reopen; send only what changes.

    Decided on the ticket as it is at that moment.

    Raises:
        RefusedError: Zammad does not make the change.
    """
    row = client.fetch_ticket(server, number)
    change = _needed(city, options, row, priority, newest, client.history(server, number))
    if not change:
        return
    http.ask(server, "PUT", f"tickets/{number}", json=change)
    after = client.fetch_ticket(server, number)
    if after["state"] == row["state"] and "state" in change:
        raise RefusedError(f"ticket {number}: Zammad did not set the state '{change['state']}': set reopen_state")


def _needed(
    city: City, options: Options, row: Row, priority: str, newest: datetime, history: Sequence[Row]
) -> dict[str, str]:
    change: dict[str, str] = {}
    order = list(options.priorities)
    if row["priority"] in order and order.index(row["priority"]) < order.index(priority):
        change["priority"] = priority
    is_closed = meaning_of(row, {**STATUSES, **options.statuses}) in CLOSED
    if is_closed and routing.reopens(newest, closed_at(row, history), timedelta(days=city.triage.reopen_days)):
        change["state"] = options.reopen_state
    return change
