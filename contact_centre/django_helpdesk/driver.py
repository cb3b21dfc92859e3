"""Drive django-helpdesk: its requests and the shapes of its answers."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar

import httpx

from contact_centre import http, routing, ticket
from contact_centre.django_helpdesk import client
from contact_centre.marks import carries, mark_of
from contact_centre.procedure import ChangeOf, DriverSettings, Row, System, TicketChange
from contact_centre.ticket_system import Meaning, TicketHistory
from core.config.city import City
from core.errors import RefusedError
from core.records.case import Case
from core.records.post import Post

CLOCKS_DIFFER = timedelta(days=1)
"""A ticket is looked for from this long before its case was received."""
DUPLICATE = 5
"""Status of a merged ticket."""


class DjangoHelpdesk(System):
    """Call django-helpdesk; `page_size` tickets come in one answer."""

    NAME = "django-helpdesk"
    CODE = "django_helpdesk"
    PATH = "tickets/"
    STATUS = "status"
    STATUSES: ClassVar[Mapping[str, Meaning]] = {"1": "new", "2": "assigned", "3": "resolved", "4": "resolved", "5": "rejected"}
    KEY_CURE = "the custom field '{field}' is missing or too short. Correct that, then write {key} into the field, or close the ticket"
    NOTE_CURE = "give the token's user the right to read it"

    def __init__(self, server: httpx.Client, settings: DriverSettings, page_size: int) -> None:
        super().__init__(server, settings)
        self.page_size = page_size

    def compose(self, city: City, case: Case, posts: Sequence[Post], desk_url: str) -> Row:
        return {
            "queue": int(routing.queue_of(city, case, self.settings.queue)),
            "title": ticket.subject(case),
            "description": ticket.body(city, case, posts, desk_url),
            "submitter_email": self.settings.mailbox,
            "priority": routing.priority_of(self.settings.priorities, case),
            "due_date": f"{case.due_at:%Y-%m-%dT%H:%M:%SZ}",
            **{f"custom_{name}": value for name, value in self.extra_fields(city, case, posts).items()},
        }

    def find(self, case: Case) -> list[str]:
        since = case.received_at - CLOCKS_DIFFER
        return client.find_tickets(self.server, self.settings.key_field, case.key, self.page_size, since)

    def merge(self, made: str, older: str) -> str | None:
        http.ask(self.server, "PATCH", f"tickets/{made}/", json={"merged_to": int(older), "status": DUPLICATE})
        row = client.ticket_by_id(self.server, made)
        return None if row is not None and str(row["merged_to"]) == older else ""

    def survivor(self, reference: str) -> Row:
        return client.survivor(self.server, reference)

    def tickets(self, references: Sequence[str]) -> dict[str, Row]:
        return client.tickets(self.server, references, self.page_size)

    def has_note(self, row: Row, mark: str) -> bool:
        return any(carries(one["comment"] or "", mark_of(mark)) for one in row["followup_set"])

    def reread(self, row: Row) -> Row:
        return self.survivor(str(row["id"]))

    def write(self, row: Row, change_of: ChangeOf | None, mark: str, text: str) -> str:
        """Change priority and queue; change the status by a private follow-up.

        The interface keeps custom fields as they were when the ticket was made.
        """
        number, change = str(row["id"]), change_of(row) if change_of else TicketChange()
        if change.priority is not None:
            http.ask(self.server, "PATCH", f"tickets/{number}/", json={"priority": change.priority})
        if change.queue is not None:
            http.ask(self.server, "PATCH", f"tickets/{number}/", json={"queue": int(change.queue)})
            if self.queue_of(self.survivor(number)) != change.queue:
                raise RefusedError(f"ticket {number}: django-helpdesk did not move it to queue {change.queue}: move it by hand")
        comment = f"{no_template(text)}\n\n{mark_of(mark)}"
        said: dict[str, Any] = {"ticket": int(number), "comment": comment, "public": False}
        if change.status is not None:
            said["new_status"] = change.status
        answer = http.ask(self.server, "POST", "followups/", json=said)
        if change.status is not None and self.survivor(number)["status"] == row["status"]:
            raise RefusedError(f"ticket {number}: its status did not become {change.status}: set reopen_status or merged_status")
        return http.error_text(answer)

    def queue_of(self, row: Row) -> str:
        return str(row["queue"])

    def value(self, row: Row, name: str) -> str | None:
        return row.get(f"custom_{name}")

    def merged_into(self, reference: str, row: Row) -> str | None:
        return None if row["merged_to"] is None else str(self.survivor(reference)["id"])

    def last_change(self, row: Row) -> datetime:
        return max((datetime.fromisoformat(one["date"]) for one in row["followup_set"]), default=client.LONG_AGO)

    def closed_at(self, row: Row) -> datetime:
        return self.history(row).changed_at

    def history(self, row: Row) -> TicketHistory:
        return history_of(row, self.meanings)

    def label(self, row: Row) -> str:
        return f"status {row['status']}"

    def meaning(self, row: Row) -> Meaning:
        meaning = super().meaning(row)
        return "assigned" if meaning == "new" and row["assigned_to"] is not None else meaning


def history_of(row: Row, meanings: Mapping[str, Meaning]) -> TicketHistory:
    """Read a ticket's history from its follow-ups.

    An answer is a public follow-up by staff; the first one, which records that the ticket was opened, is ours.
    """
    steps, before = list[tuple[datetime, Meaning, Meaning]](), meanings["1"]
    ours = (None, *(one["user"] for one in row["followup_set"][:1]))
    for one in row["followup_set"]:
        if one["new_status"] is not None:
            after = meanings.get(str(one["new_status"]), before)
            steps.append((datetime.fromisoformat(one["date"]), before, after))
            before = after
    return TicketHistory(
        opened_at=client.opened_at(row),
        steps=steps,
        answers=[datetime.fromisoformat(one["date"]) for one in row["followup_set"] if one["public"] and one["user"] not in ours],
    )


def no_template(text: str) -> str:
    """Take template tags apart.

    The comment of a follow-up is rendered as a template, and a lone closing tag is answered with 500.

    >>> no_template("{{ ticket }} {% load %} {# no #}")
    '{ { ticket } } { % load % } { # no # }'
    """
    for tag in ("{{", "{%", "{#", "}}", "%}", "#}"):
        while tag in text:
            text = text.replace(tag, f"{tag[0]} {tag[1]}")
    return text
