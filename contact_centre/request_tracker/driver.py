"""Drive Request Tracker: its requests and the shapes of its answers."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

from contact_centre import http, routing, ticket
from contact_centre.procedure import ChangeOf, Row, System, TicketChange
from contact_centre.request_tracker import client
from contact_centre.ticket_system import Meaning, TicketHistory
from core.config.city import City
from core.errors import RefusedError, UnavailableError
from core.records.case import Case
from core.records.post import Post

TRIES = 3
"""Attempts when the ticket keeps being changed by others."""
_NOBODY = ("RT_System", "Nobody")


class RequestTracker(System):
    """Call Request Tracker 5."""

    NAME = "Request Tracker"
    CODE = "rt"
    PATH = "ticket"
    STATUS = "Status"
    STATUSES: ClassVar[Mapping[str, Meaning]] = {
        "new": "new",
        "open": "assigned",
        "stalled": "assigned",
        "resolved": "resolved",
        "rejected": "rejected",
        "deleted": "rejected",
    }
    KEY_CURE = (
        "the custom field '{field}' is missing in its queue, or the robot lacks ShowTicket, SeeCustomField or ModifyCustomField. "
        "Mend that, then write {key} into the field, or delete the ticket"
    )
    NOTE_CURE = "give the robot the right ShowTicketComments"

    def compose(self, city: City, case: Case, posts: Sequence[Post], desk_url: str) -> Row:
        return {
            "Queue": routing.queue_of(city, case, self.settings.queue),
            "Subject": ticket.subject(case),
            "Requestor": self.settings.mailbox,
            "Content": ticket.body(city, case, posts, desk_url),
            "ContentType": "text/plain",
            "Priority": routing.priority_of(self.settings.priorities, case),
            "Due": f"{case.due_at:%Y-%m-%dT%H:%M:%SZ}",
            "RefersTo": ticket.case_address(desk_url, case),
            "CustomFields": self.extra_fields(city, case, posts),
        }

    def find(self, case: Case) -> list[str]:
        return client.find_tickets(self.server, self.settings.key_field, case.key)

    def merge(self, made: str, older: str) -> str | None:
        answer = http.ask(self.server, "PUT", f"ticket/{made}", json={"MergeInto": int(older)})
        return None if str(self.survivor(made)["id"]) != made else http.error_text(answer)

    def survivor(self, reference: str) -> Row:
        return client.fetch_ticket(self.server, reference)

    def tickets(self, references: Sequence[str]) -> dict[str, Row]:
        seen = client.tickets(self.server, references)
        for reference in references:
            if reference not in seen and (row := client.by_number(self.server, reference)) is not None:
                seen[reference] = row
        return seen

    def has_note(self, row: Row, mark: str) -> bool:
        return client.has_note(self.server, str(row["id"]), mark)

    def write(self, row: Row, change_of: ChangeOf | None, mark: str, text: str) -> str:
        number = str(row["id"])
        if change_of is not None:
            self._change(number, change_of)
        said = {"Subject": mark, "Content": text, "ContentType": "text/plain"}
        return http.error_text(http.ask(self.server, "POST", f"ticket/{number}/comment", json=said))

    def _change(self, number: str, change_of: ChangeOf) -> None:
        """Change the ticket under If-Match, and read it back.

        Raises:
            RefusedError: Request Tracker does not make the change (it answers 200 all the same).
            UnavailableError: the ticket keeps being changed by others.
        """
        said = ""
        for _ in range(TRIES):
            row = self.survivor(number)
            if not (wanted := _request(change_of(row))):
                return
            headers = {"If-Match": row["etag"]}
            answer = http.ask(self.server, "PUT", f"ticket/{number}", json=wanted, headers=headers, accept=(412,))
            said = "" if answer.status_code == 412 else http.error_text(answer)
        if not said:
            raise UnavailableError(f"ticket {number} is being changed by others all the time; trying again later")
        raise RefusedError(f"ticket {number}: Request Tracker did not make the change {wanted}: {said}")

    def queue_of(self, row: Row) -> str:
        return client.queue_name(self.server, str(row["Queue"]["id"]))

    def value(self, row: Row, name: str) -> str | None:
        return "\n".join(client.values(row, name)) or None

    def outranks(self, priority: Any, row: Row) -> bool:
        return int(row["Priority"]) < int(priority)

    def merged_into(self, reference: str, row: Row) -> str | None:
        return into if (into := str(row["EffectiveId"])) != reference else None

    def last_change(self, row: Row) -> datetime:
        return datetime.fromisoformat(row["LastUpdated"])

    def closed_at(self, row: Row) -> datetime:
        """Say when the ticket was closed.

        Raises:
            RefusedError: it was deleted, so what is done to it would not be seen.
        """
        if row["Status"] == "deleted":
            raise RefusedError(f"ticket {row['id']} was deleted in Request Tracker: the desk shows the case and its new posts")
        return datetime.fromisoformat(row["Resolved"])

    def history(self, row: Row) -> TicketHistory:
        return history_of(row, client.history(self.server, str(row["id"])), self.meanings)


def history_of(row: Row, transactions: Sequence[Row], meanings: Mapping[str, Meaning]) -> TicketHistory:
    """Read a ticket's history from its transactions; dates are in UTC.

    An answer is a `Correspond` by a person: not by the robot that made the ticket, nor by its requestor (the council's mailbox).
    """
    robots = {row["Creator"]["id"], *_NOBODY, *(person["id"] for person in row["Requestor"])}
    dated = [(datetime.fromisoformat(one["Created"]), one) for one in transactions]
    return TicketHistory(
        opened_at=datetime.fromisoformat(row["Created"]),
        # the history of a surviving ticket holds the steps of those merged into it: they are not its own
        steps=[
            (at, meanings.get(one["OldValue"]), meanings.get(one["NewValue"]))
            for at, one in dated
            if one["Type"] == "Status" and str(one["ObjectId"]) == str(row["id"])
        ],
        answers=[at for at, one in dated if one["Type"] == "Correspond" and one["Creator"]["id"] not in robots],
    )


def _request(change: TicketChange) -> dict[str, Any]:
    wanted = {"Priority": change.priority, "Status": change.status, "Queue": change.queue}
    return {name: value for name, value in wanted.items() if value is not None} | (
        {"CustomFields": dict(change.fields)} if change.fields else {}
    )
