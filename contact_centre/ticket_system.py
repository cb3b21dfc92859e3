"""Share the options, connection and states of ticket systems."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import httpx
from pydantic import Field

from contact_centre import http, routing
from core import records
from core.config.city import City
from core.config.shapes import shaped
from core.records.case import ExternalStatus
from core.user_agent import user_agent

Meaning = Literal["new", "assigned", "answered", "resolved", "rejected"]
CLOSED = ("resolved", "rejected")
MAIL_ADDRESS = shaped(r"^[^\s@<>,]+@[^\s@<>,]+$", "not one e-mail address, such as 'redes@example.org'")


class TicketOptions(records.Options):
    """Hold the options that these systems share."""

    url: str = Field(pattern=shaped(r"^https?://[^\s?#@]+$", "not the address of a system: 'https://tickets.example.org'"))
    """Address of the system, as people open it: `https://tickets.example.org` or `https://example.org/tickets`."""
    fields: dict[routing.Fact, str] = Field(default_factory=dict)
    """Further fields of a ticket to fill: what goes in = the field's name."""
    timeout_s: float = Field(30, gt=0, le=600)
    """Seconds to wait for an answer."""

    @property
    def page(self) -> str:
        """Return the address without a slash at its end."""
        return self.url.rstrip("/")


@contextmanager
def open_server(
    city: City, options: TicketOptions, path: str, authorization: str, login: tuple[str, str] | None = None
) -> Iterator[httpx.Client]:
    """Open a client of the system's interface.

    Args:
        path: of the interface, below the system's address.
        authorization: value of the header; empty: with `login`.

    Raises:
        OutcomeUnknownError: an answer inside the block has another form than the system's.
    """
    headers = {"Accept": "application/json", "User-Agent": user_agent(city)}
    headers |= {"Authorization": authorization} if authorization else {}
    with http.connect(f"{options.page}/{path}", options.timeout_s, headers, login) as server, http.parse_answer(server):
        yield server


@dataclass(frozen=True)
class TicketHistory:
    """Hold what happened in a ticket, in order."""

    opened_at: datetime
    steps: Sequence[tuple[datetime, Meaning | None, Meaning | None]]
    """Changes of its status: when, from what, to what; None: one that is not known here."""
    answers: Sequence[datetime]
    """When people of the council answered the citizen."""

    @property
    def changed_at(self) -> datetime:
        """Say when the status changed last, or the ticket was opened."""
        return self.steps[-1][0] if self.steps else self.opened_at

    def state(self, meaning: Meaning, note: str) -> ExternalStatus:
        """Derive the ticket's state and its time.

        After a reopening, only an answer given since then makes the ticket answered.
        """
        reopened = [at for at, before, after in self.steps if before in CLOSED and after not in CLOSED]
        valid = [at for at in self.answers if not reopened or at >= reopened[-1]]
        is_answered = meaning in ("new", "assigned") and bool(valid)
        return ExternalStatus(
            state="answered" if is_answered else meaning,
            updated_at=valid[0] if is_answered else self.changed_at,
            answered_at=self.answers[0] if self.answers else None,
            note=note,
        )
