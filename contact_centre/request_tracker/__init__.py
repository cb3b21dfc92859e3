"""Raise cases as tickets in Request Tracker 5 and follow them.

Uses REST 2.0. Pitfalls, all seen on a real server (`.ci/request-tracker`):
- an unknown or forbidden custom field is dropped and the answer is still 201: each new ticket is looked up by its key;
- custom fields have no uniqueness: two concurrent creates make two tickets; the younger is merged into the older;
- a search hides merged tickets unless it mentions EffectiveId, and deleted ones always;
- PUT answers 200 for changes it did not make: each change is read back, under If-Match;
- `correspond` would mail the requestor and reopen the ticket: only comments are used;
- dates in a query are read in the robot's time zone (a wrong one finds nothing, silently): no query has a date.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from typing import Literal

import httpx
from pydantic import Field, SecretStr, ValidationInfo, field_validator

from contact_centre import http, routing, ticket, ticket_system
from contact_centre.request_tracker import changes, client
from contact_centre.request_tracker.status import STATUSES, Meaning, case_status, parse_date
from core.config import plugins
from core.config.city import City
from core.errors import RefusedError
from core.records.case import Case, ExternalStatus
from core.records.post import Post
from core.runtime.failpoints import failpoint

NAME = "rt"
"""What a profile calls this system: `[contact_centre] system = "rt"`."""


class Options(ticket_system.TicketOptions):
    """Define `[contact_centre.options]` for `system = "rt"`."""

    queue: str
    """Queue for departments that name none of their own (`[[departments]] queue`)."""
    requestor: str = Field(pattern=ticket_system.MAIL_ADDRESS)
    """A mailbox of the council, the requestor of every ticket; never a citizen's."""
    key_field: str = Field("CaseKey", pattern=r"^[^{}'\"\\]+$")
    """Custom field that holds our case key."""
    statuses: dict[str, Meaning] = Field(default_factory=dict)
    """Statuses of your own lifecycle, and what they mean here: `waiting = "assigned"`."""
    reopen_status: str = "open"
    """Status a closed ticket gets when new posts come within `[triage] reopen_days`."""
    merged_status: str = "rejected"
    """Status a ticket gets when its case is merged into another one on the desk; a merge in Request Tracker could not be undone."""
    priorities: tuple[int, int, int, int, int] = (0, 25, 50, 75, 100)
    """Priority in Request Tracker of our 1 (low) to 5 (urgent)."""


class Secrets(plugins.Secrets):
    """Read `ESCUCHA_RT_TOKEN`, or `ESCUCHA_RT_USER` and `ESCUCHA_RT_PASSWORD`."""

    rt_user: str = ""
    rt_password: SecretStr = SecretStr("")
    rt_token: SecretStr = Field(SecretStr(""), validate_default=True)

    @field_validator("rt_token")
    @classmethod
    def _some_login(cls, token: SecretStr, info: ValidationInfo) -> SecretStr:
        password = info.data.get("rt_password")
        if not token.get_secret_value() and not (info.data.get("rt_user") and password and password.get_secret_value()):
            raise ValueError("set ESCUCHA_RT_TOKEN, or ESCUCHA_RT_USER and ESCUCHA_RT_PASSWORD")
        return token


def open_case(city: City, options: Options, secrets: Secrets, case: Case, posts: Sequence[Post], desk_url: str) -> str:
    """Return the number of the case's ticket; create it when missing."""
    asked = {
        "Queue": routing.queue_of(city, case, options.queue),
        "Subject": ticket.subject(case),
        "Requestor": options.requestor,
        "Content": ticket.body(city, case, posts, desk_url),
        "ContentType": "text/plain",
        "Priority": routing.priority_of(options.priorities, case),
        "Due": f"{case.due_at:%Y-%m-%dT%H:%M:%SZ}",
        "RefersTo": ticket.case_address(desk_url, case),
        "CustomFields": {options.key_field: case.key, **routing.field_values(city, options.fields, case, posts)},
    }
    with _server(city, options, secrets) as server:
        known = client.find_tickets(server, options.key_field, case.key)
        if known:
            return known[0]
        made = str(http.ask(server, "POST", "ticket", json=asked).json()["id"])
        failpoint("rt.posted")
        with http.confirm_sent(case.key):
            return client.settled(server, options.key_field, case.key, made)


def append(
    city: City, options: Options, secrets: Secrets, reference: str, case: Case, posts: Sequence[Post], note_key: str
) -> None:
    """Add the new posts as one comment.

    Raises the ticket's priority, and reopens a ticket that was closed within `[triage] reopen_days`.
    """
    if not posts:  # erased before delivery: nothing is left to send
        return
    mark, text = f"escucha:{note_key}", ticket.note(city, case, posts)
    wish = changes.Wish(
        priority=routing.priority_of(options.priorities, case),
        newest=max(post.received_at for post in posts),
        window=timedelta(days=city.triage.reopen_days),
        reopen_status=options.reopen_status,
        meanings={**STATUSES, **options.statuses},
    )
    with _server(city, options, secrets) as server:
        number = str(client.fetch_ticket(server, reference)["id"])
        if client.has_note(server, number, mark):
            return
        changes.carry_out(server, number, wish)
        said = {"Subject": mark, "Content": text, "ContentType": "text/plain"}
        answer = http.ask(server, "POST", f"ticket/{number}/comment", json=said)
        failpoint("rt.commented")
        if not client.has_note(server, number, mark):
            raise RefusedError(
                f"ticket {number}: our comment cannot be read back (Request Tracker said: {http.error_text(answer)}): "
                "give the robot the right ShowTicketComments"
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
    """Say the service in one comment; change queue and fields."""
    mark, fields = f"escucha:{note_key}", routing.field_values(city, options.fields, case, posts)
    queue, ours = routing.queue_of(city, case, options.queue), routing.all_queues(city, options.queue)
    with _server(city, options, secrets) as server:
        number = str(client.fetch_ticket(server, reference)["id"])
        if client.has_note(server, number, mark):
            return
        changes.set_queue(server, number, queue, ours, fields)
        said = {"Subject": mark, "Content": ticket.service_note(city, case), "ContentType": "text/plain"}
        http.ask(server, "POST", f"ticket/{number}/comment", json=said)
        failpoint("rt.moved")


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
    note = ticket_system.merge_note(note_key, change, options.merged_status, options.reopen_status)
    with _server(city, options, secrets) as server:
        row = client.fetch_ticket(server, reference)
        number = ticket_system.number_to_note(reference, row, lambda found: client.has_note(server, found, note.mark))
        if number is None:
            return
        if note.status is not None:
            changes.set_closed(server, number, note.status, change == "close", {**STATUSES, **options.statuses})
        said = {"Subject": note.mark, "Content": text, "ContentType": "text/plain"}
        http.ask(server, "POST", f"ticket/{number}/comment", json=said)
        failpoint("rt.merge_noted")


def state(
    city: City, options: Options, secrets: Secrets, references: Sequence[str], since: datetime | None
) -> dict[str, ExternalStatus]:
    """Return the state of the tickets that changed since then.

    `since` counts to the second. A ticket that no longer exists is `gone`.
    """
    meanings, found = {**STATUSES, **options.statuses}, {}
    second = None if since is None else since.replace(microsecond=0)  # the server knows no smaller step
    with _server(city, options, secrets) as server:
        seen = client.tickets(server, references)
        for reference in references:
            row = seen.get(reference) or client.by_number(server, reference)
            if row is None:
                found[reference] = ExternalStatus(state="gone", updated_at=datetime.now(UTC))
                continue
            merged = str(row["EffectiveId"]) != reference
            if not merged and not client.values(row, options.key_field):
                raise ticket_system.foreign_ticket(options, reference, options.key_field, "Request Tracker")
            if merged or second is None or parse_date(row["LastUpdated"]) >= second:
                history = [] if merged else client.history(server, reference)
                found[reference] = case_status(reference, row, history, meanings)
    return found


def check(city: City, options: Options, secrets: Secrets) -> str:
    """Prove login, queues, custom fields and the right to create.

    Once a ticket of ours exists, also the rights to comment and to change.
    """
    queues = routing.all_queues(city, options.queue)
    with _server(city, options, secrets) as server:
        version = http.ask(server, "GET", "rt").json()["Version"]
        for name in queues:
            client.check_queue(server, name, [options.key_field, *options.fields.values()])
        number = client.check_rights(server, options.key_field, queues)
    rights = f"comments and changes allowed at ticket {number}" if number else "commenting shows with the first ticket"
    return f"Request Tracker {version} at {options.url} takes cases in {', '.join(queues)}; {rights}"


def address(options: Options, reference: str) -> str:
    """Build the address of the ticket's page."""
    return f"{options.page}/Ticket/Display.html?id={reference}"


def _server(city: City, options: Options, secrets: Secrets) -> AbstractContextManager[httpx.Client]:
    token, password = secrets.rt_token.get_secret_value(), secrets.rt_password.get_secret_value()
    login = None if token else (secrets.rt_user, password)
    return ticket_system.open_server(city, options, "REST/2.0", f"token {token}" if token else "", login)
