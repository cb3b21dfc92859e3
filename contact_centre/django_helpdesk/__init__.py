"""Raise cases as tickets in django-helpdesk and follow them.

Pitfalls, all seen on a real server (2.6.1):
- it has no search by field, and ignores a filter for one: the tickets opened since the case came are read and compared;
- an unknown custom field is dropped and the answer is still 201: each new ticket is looked up by its key;
- a follow-up with a title renames the ticket: ours have none, and end with their key;
- the comment of a follow-up is rendered as a template: braces are taken apart;
- the submitter is mailed on creation: it is a mailbox of the council;
- it gives no time of a ticket, only of its follow-ups, of which the first records the opening.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import httpx
from pydantic import Field, SecretStr

from contact_centre import http, routing, ticket, ticket_system
from contact_centre.django_helpdesk import client
from contact_centre.django_helpdesk.client import Row
from contact_centre.django_helpdesk.status import (
    CLOSED,
    STATUSES,
    Meaning,
    case_status,
    changed_at,
    last_change,
    meaning_of,
)
from contact_centre.marks import mark_of
from core.config import plugins
from core.config.city import City
from core.errors import RefusedError
from core.records.case import Case, ExternalStatus
from core.records.post import Post
from core.runtime.failpoints import failpoint

CLOCKS_DIFFER = timedelta(days=1)
"""A ticket is looked for from this long before its case was received."""


class Options(ticket_system.TicketOptions):
    """Define `[contact_centre.options]` for `system = "django_helpdesk"`."""

    queue: str = Field(pattern=r"^\d+$")
    """Number of the queue for departments that name none of their own (`[[departments]] queue`)."""
    submitter: str = Field(pattern=ticket_system.MAIL_ADDRESS)
    """A mailbox of the council, the submitter of every ticket; never a citizen's."""
    key_field: str = Field("casekey", pattern=r"^[a-z][a-z0-9_-]*$")
    """Custom field that holds our case key."""
    statuses: dict[str, Meaning] = Field(default_factory=dict)
    """Numbers of further statuses in your settings, and what they mean here: `6 = "assigned"`."""
    reopen_status: int = 2
    """Status a closed ticket gets when new posts come within `[triage] reopen_days`."""
    merged_status: int = 5
    """Status a ticket gets when its case is merged into another one on the desk: 5 is *duplicate*."""
    priorities: tuple[int, int, int, int, int] = (5, 4, 3, 2, 1)
    """Priority there of our 1 (low) to 5 (urgent)."""
    page_size: int = Field(100, ge=5, le=500)
    """Tickets in one answer."""
    timeout_s: float = Field(60, gt=0, le=600)
    """Seconds to wait for an answer."""


class Secrets(plugins.Secrets):
    """Read `ESCUCHA_DJANGO_HELPDESK_TOKEN`, a token of a staff user."""

    django_helpdesk_token: SecretStr


def open_case(city: City, options: Options, secrets: Secrets, case: Case, posts: Sequence[Post], desk_url: str) -> str:
    """Return the number of the case's ticket; create it when missing."""
    extra = {options.key_field: case.key, **routing.field_values(city, options.fields, case, posts)}
    asked = {
        "queue": int(routing.queue_of(city, case, options.queue)),
        "title": ticket.subject(case),
        "description": ticket.body(city, case, posts, desk_url),
        "submitter_email": options.submitter,
        "priority": routing.priority_of(options.priorities, case),
        "due_date": f"{case.due_at:%Y-%m-%dT%H:%M:%SZ}",
        **{f"custom_{name}": value for name, value in extra.items()},
    }
    with _server(city, options, secrets) as server:
        if known := _known(server, options, case):
            return known[0]
        made = str(http.ask(server, "POST", "tickets/", json=asked).json()["id"])
        failpoint("django_helpdesk.posted")
        with http.confirm_sent(case.key):
            return client.settled(server, options.key_field, case.key, made, _known(server, options, case))


def append(
    city: City, options: Options, secrets: Secrets, reference: str, case: Case, posts: Sequence[Post], note_key: str
) -> None:
    """Add the new posts as one private follow-up.

    Raises the ticket's priority, and reopens a ticket that was closed within `[triage] reopen_days`.
    """
    if not posts:  # erased before delivery: nothing is left to send
        return
    mark, text = mark_of(f"escucha:{note_key}"), _no_template(ticket.note(city, case, posts))
    newest = max(post.received_at for post in posts)
    with _server(city, options, secrets) as server:
        row = client.survivor(server, reference)
        if client.has_note(row, mark):
            return
        number = str(row["id"])
        wanted = routing.priority_of(options.priorities, case)
        if _is_more_urgent(options, wanted, row["priority"]):
            http.ask(server, "PATCH", f"tickets/{number}/", json={"priority": wanted})
        said: dict[str, Any] = {"ticket": int(number), "comment": f"{text}\n\n{mark}", "public": False}
        if is_reopening := _reopens(city, options, row, newest):
            said["new_status"] = options.reopen_status
        http.ask(server, "POST", "followups/", json=said)
        failpoint("django_helpdesk.commented")
        after = client.survivor(server, number)
        if not client.has_note(after, mark):
            raise RefusedError(
                f"ticket {number}: our follow-up cannot be read back: give the token's user the right to read it"
            )
        if is_reopening and after["status"] == row["status"]:
            raise RefusedError(f"ticket {number}: its status did not become {options.reopen_status}: set reopen_status")


def move(
    city: City,
    options: Options,
    secrets: Secrets,
    reference: str,
    case: Case,
    posts: Sequence[Post],  # noqa: ARG001  same form
    desk_url: str,  # noqa: ARG001
    note_key: str,
) -> None:
    """Say the service in one private follow-up; change the ticket's queue.

    The interface keeps custom fields as they were when the ticket was made.
    """
    mark, text = mark_of(f"escucha:{note_key}"), _no_template(ticket.service_note(city, case))
    with _server(city, options, secrets) as server:
        row = client.survivor(server, reference)
        if client.has_note(row, mark):
            return
        number, queue = str(row["id"]), routing.queue_of(city, case, options.queue)
        # where staff moved it to a queue that is none of ours, it stays
        if str(row["queue"]) != queue and str(row["queue"]) in routing.all_queues(city, options.queue):
            http.ask(server, "PATCH", f"tickets/{number}/", json={"queue": int(queue)})
            if str(client.survivor(server, number)["queue"]) != queue:
                raise RefusedError(
                    f"ticket {number}: django-helpdesk did not move it to queue {queue}: move it by hand"
                )
        said = {"ticket": int(number), "comment": f"{text}\n\n{mark}", "public": False}
        http.ask(server, "POST", "followups/", json=said)
        failpoint("django_helpdesk.moved")


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
    mark = mark_of(note.mark)
    with _server(city, options, secrets) as server:
        row = client.survivor(server, reference)
        number = ticket_system.number_to_note(reference, row, lambda _: client.has_note(row, mark))
        if number is None:
            return
        said: dict[str, Any] = {"ticket": int(number), "comment": f"{_no_template(text)}\n\n{mark}", "public": False}
        is_closed = meaning_of(row, {**STATUSES, **options.statuses}) in CLOSED
        if note.status is not None and is_closed is (change == "reopen"):
            said["new_status"] = note.status
        http.ask(server, "POST", "followups/", json=said)
        failpoint("django_helpdesk.merge_noted")
        if "new_status" in said and client.survivor(server, number)["status"] != said["new_status"]:
            raise RefusedError(f"ticket {number}: its status did not become {said['new_status']}: set merged_status")


def state(
    city: City, options: Options, secrets: Secrets, references: Sequence[str], since: datetime | None
) -> dict[str, ExternalStatus]:
    """Return the state of the tickets that changed since then.

    `gone` when a ticket was deleted.
    """
    meanings, found = {**STATUSES, **options.statuses}, {}
    with _server(city, options, secrets) as server:
        seen = client.tickets(server, references, options.page_size)
        for reference in references:
            row = seen.get(reference)
            if row is None:
                found[reference] = ExternalStatus(state="gone", updated_at=datetime.now(UTC))
            elif row["merged_to"] is not None:
                into = str(client.survivor(server, reference)["id"])
                found[reference] = ExternalStatus(state="merged", updated_at=last_change(row), merged_into=into)
            elif not row.get(f"custom_{options.key_field}"):
                raise ticket_system.foreign_ticket(options, reference, options.key_field, "django-helpdesk")
            elif since is None or last_change(row) >= since.replace(microsecond=0):
                found[reference] = case_status(row, meanings)
    return found


def check(city: City, options: Options, secrets: Secrets) -> str:
    """Prove the token, the custom fields and the queues."""
    queues = routing.all_queues(city, options.queue)
    with _server(city, options, secrets) as server:
        client.check_fields(server, [options.key_field, *options.fields.values()])
        for queue in queues:
            client.check_queue(server, queue)
        count = http.ask(server, "GET", "tickets/", params={"page_size": "1"}).json()["count"]
    return f"django-helpdesk at {options.url} takes cases in the queues {', '.join(queues)}; it has {count} tickets"


def address(options: Options, reference: str) -> str:
    """Build the address of the ticket's page."""
    return f"{options.page}/tickets/{reference}/"


def _server(city: City, options: Options, secrets: Secrets) -> AbstractContextManager[httpx.Client]:
    authorization = f"Token {secrets.django_helpdesk_token.get_secret_value()}"
    return ticket_system.open_server(city, options, "api", authorization)


def _known(server: httpx.Client, options: Options, case: Case) -> list[str]:
    return client.find_tickets(server, options.key_field, case.key, options.page_size, case.received_at - CLOCKS_DIFFER)


def _no_template(text: str) -> str:
    """Take template tags apart.

    The comment of a follow-up is rendered as a template, and a lone closing tag is answered with 500.

    >>> _no_template("{{ ticket }} {% load %} {# no #}")
    '{ { ticket } } { % load % } { # no # }'
    """
    for tag in ("{{", "{%", "{#", "}}", "%}", "#}"):
        while tag in text:
            text = text.replace(tag, f"{tag[0]} {tag[1]}")
    return text


def _is_more_urgent(options: Options, wanted: int, current: int) -> bool:
    order = list(options.priorities)
    return current in order and order.index(current) < order.index(wanted)


def _reopens(city: City, options: Options, row: Row, newest: datetime) -> bool:
    """Decide whether the new posts reopen the ticket.

    Who closes a ticket without a follow-up leaves no time: then it counts as closed at its last follow-up.
    """
    is_closed = meaning_of(row, {**STATUSES, **options.statuses}) in CLOSED
    at = changed_at(row) if any(one["new_status"] is not None for one in row["followup_set"]) else last_change(row)
    return is_closed and routing.reopens(newest, at, timedelta(days=city.triage.reopen_days))
