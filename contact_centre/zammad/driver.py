"""Drive Zammad: its requests and the shapes of its answers."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

from contact_centre import http, routing, ticket
from contact_centre.procedure import ChangeOf, Row, System
from contact_centre.ticket_system import Meaning, TicketHistory
from contact_centre.zammad import client
from core.config.city import City
from core.errors import RefusedError
from core.records.case import Case
from core.records.post import Post


class Zammad(System):
    """Call Zammad."""

    NAME = "Zammad"
    CODE = "zammad"
    PATH = "tickets"
    STATUS = "state"
    STATUSES: ClassVar[Mapping[str, Meaning]] = {
        "new": "new",
        "open": "assigned",
        "pending reminder": "assigned",
        "pending close": "assigned",
        "closed": "resolved",
        "removed": "rejected",
    }
    KEY_CURE = (
        "the ticket attribute '{field}' is missing, or the token's user may not read the group. Correct that, then write {key} into the "
        "attribute, or close the ticket"
    )
    NOTE_CURE = "give the token's user the right to read its group"

    def compose(self, city: City, case: Case, posts: Sequence[Post], desk_url: str) -> Row:
        subject = ticket.subject(case)
        return {
            "title": subject,
            "group": routing.queue_of(city, case, self.settings.queue),
            "customer_id": f"guess:{self.settings.mailbox}",
            "priority": routing.priority_of(self.settings.priorities, case),
            **self.extra_fields(city, case, posts),
            "article": _note(subject, ticket.body(city, case, posts, desk_url)),
        }

    def find(self, case: Case) -> list[str]:
        return client.find_tickets(self.server, self.settings.key_field, case.key)

    def merge(self, made: str, older: str) -> str | None:
        number = self.survivor(older)["number"]
        answer = http.ask(self.server, "PUT", f"ticket_merge/{made}/{number}").json()
        # a failed merge is answered with 200
        return None if answer.get("result") == "success" else str(answer.get("message", ""))

    def survivor(self, reference: str) -> Row:
        return client.fetch_ticket(self.server, reference)

    def tickets(self, references: Sequence[str]) -> dict[str, Row]:
        rows = {reference: client.ticket_by_id(self.server, reference) for reference in references}
        return {reference: row for reference, row in rows.items() if row is not None}

    def has_note(self, row: Row, mark: str) -> bool:
        return client.has_note(self.server, str(row["id"]), mark)

    def write(self, row: Row, change_of: ChangeOf | None, mark: str, text: str) -> str:
        number = str(row["id"])
        if change_of is not None:
            self._change(number, change_of)
        said = {"ticket_id": int(number), **_note(mark, text)}
        return http.error_text(http.ask(self.server, "POST", "ticket_articles", json=said))

    def _change(self, number: str, change_of: ChangeOf) -> None:
        before = client.fetch_ticket(self.server, number)
        change = change_of(before)
        wanted = {"priority": change.priority, "state": change.status, "group": change.queue, **change.fields}
        sent = {name: value for name, value in wanted.items() if value is not None}
        if not sent:
            return
        http.ask(self.server, "PUT", f"tickets/{number}", json=sent)
        after = client.fetch_ticket(self.server, number)
        if change.status is not None and after["state"] == before["state"]:
            raise RefusedError(f"ticket {number}: Zammad did not set the state '{change.status}': set reopen_state or merged_state")
        if change.queue is not None and after["group"] != change.queue:
            raise RefusedError(f"ticket {number}: Zammad did not move it to the group '{change.queue}': move it there by hand")

    def queue_of(self, row: Row) -> str:
        return str(row["group"])

    def value(self, row: Row, name: str) -> str | None:
        return row.get(name)

    def merged_into(self, reference: str, row: Row) -> str | None:
        return client.survivor(self.server, reference) if row["state"] == client.MERGED else None

    def last_change(self, row: Row) -> datetime:
        return datetime.fromisoformat(row["updated_at"])

    def closed_at(self, row: Row) -> datetime:
        steps = history_of(row, [], client.history(self.server, str(row["id"])), self.meanings).steps
        return steps[-1][0] if steps else self.last_change(row)

    def history(self, row: Row) -> TicketHistory:
        number = str(row["id"])
        articles, changes = client.articles(self.server, number), client.history(self.server, number)
        return history_of(row, articles, changes, self.meanings)


def history_of(row: Row, articles: Sequence[Row], changes: Sequence[Row], meanings: Mapping[str, Meaning]) -> TicketHistory:
    """Read a ticket's history; times are in UTC.

    An answer is an article by an agent that the customer sees, not one of ours.
    """
    steps = [
        one
        for one in sorted(changes, key=lambda one: int(one["id"]))
        if one["object"] == "Ticket" and one.get("attribute") == "state" and one["o_id"] == row["id"] and one["type"] == "updated"
    ]
    return TicketHistory(
        opened_at=datetime.fromisoformat(row["created_at"]),
        steps=[
            (datetime.fromisoformat(one["created_at"]), meanings.get(one["value_from"]), meanings.get(one["value_to"])) for one in steps
        ],
        answers=[
            datetime.fromisoformat(one["created_at"])
            for one in articles
            if one["sender"] == "Agent" and not one["internal"] and one["created_by_id"] != row["created_by_id"]
        ],
    )


def _note(subject: str, text: str) -> dict[str, Any]:
    """Build an internal note in plain text: it is never mailed."""
    return {"subject": subject, "body": text, "content_type": "text/plain", "type": "note", "sender": "Agent", "internal": True}
