"""Share the common parts of ticket systems.

Of those with a field for our case key: their options, their connection, and the rule that each case has one ticket.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar

import httpx
from pydantic import Field

from contact_centre import http, routing
from core import records
from core.config.city import City
from core.errors import ConfigurationError, RefusedError
from core.user_agent import user_agent

Status = TypeVar("Status", int, str)
MAIL_ADDRESS = r"^[^\s@<>,]+@[^\s@<>,]+$"


class TicketOptions(records.Options):
    """Hold the options that these systems share."""

    url: str = Field(pattern=r"^https?://[^\s?#@]+$")
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
    with (
        http.connect(f"{options.page}/{path}", options.timeout_s, headers, login) as server,
        http.parse_answer(server),
    ):
        yield server


def foreign_ticket(options: TicketOptions, reference: str, field: str, system: str) -> ConfigurationError:
    """Return the error about a ticket without a case key."""
    return ConfigurationError(
        f"ticket {reference} at {options.url} has no case key in '{field}', so it is not ours: "
        f"is this still the {system} that the cases were delivered to?"
    )


@dataclass(frozen=True)
class MergeNote(Generic[Status]):
    """Hold the mark of a merge's note and its ticket's status."""

    mark: str
    """Found again in the system, so that the note is written once."""
    status: Status | None
    """As the system writes it; None: the ticket keeps its status."""


def merge_note(
    note_key: str, change: Literal["close", "reopen", "none"], close: Status, reopen: Status
) -> MergeNote[Status]:
    """Return mark and status for the note of a merge."""
    return MergeNote(f"escucha:{note_key}", {"close": close, "reopen": reopen}.get(change))


def number_to_note(reference: str, row: Mapping[str, Any], noted: Callable[[str], bool]) -> str | None:
    """Return the number of the ticket that needs a merge's note.

    None: the ticket was merged into another since, or has the note already.

    Args:
        row: the ticket found under `reference`, or the one it was merged into.
        noted: returns True for the number of a ticket that has the note.
    """
    number = str(row["id"])
    return None if number != reference or noted(number) else number


def one_ticket(key: str, made: str, known: Sequence[str], cure: str, merge: Callable[[str], str | None]) -> str:
    """Return the case's one ticket after `made` was created.

    It must be found by its key; of two tickets with the same key the older stays.

    Args:
        known: tickets found by the key, oldest first.
        cure: why a ticket may not be found, and what to do.
        merge: merges `made` into this ticket; None: done, else what the system said.

    Raises:
        RefusedError: the key was not stored, or two tickets could not be merged: a person must correct it.
    """
    if made not in known:
        raise RefusedError(f"ticket {made} was made but cannot be found by its case key: {cure}")
    if known[0] == made:
        return made
    failure = merge(known[0])
    if failure is not None:
        said = f" ({failure})" if failure else ""
        raise RefusedError(f"case {key} has two tickets, {known[0]} and {made}: merge them by hand{said}")
    return known[0]
