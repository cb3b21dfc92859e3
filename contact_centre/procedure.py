"""Raise, follow and close the ticket of a case.

The procedure is here, once, for every system with a field for our case key. A driver (`System`) knows the
requests of its system and the shapes of the answers, and decides nothing.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Generic, Literal, TypeVar

import httpx

from contact_centre import http, routing, ticket
from contact_centre.ticket_system import CLOSED, Meaning, TicketHistory, TicketOptions
from core.config.city import City
from core.errors import ConfigurationError, RefusedError
from core.records.case import Case, ExternalStatus
from core.records.post import Post
from core.runtime.failpoints import failpoint

Row = dict[str, Any]
"""A ticket as its system shows it; `id` is its number."""
OptionsT = TypeVar("OptionsT", bound=TicketOptions)
SecretsT = TypeVar("SecretsT")


@dataclass(frozen=True)
class DriverSettings:
    """Hold what the profile says, under the names that all systems share."""

    key_field: str
    fields: Mapping[routing.Fact, str]
    statuses: Mapping[str, Meaning]
    mailbox: str
    """In whose name tickets are opened: the council's, never a citizen's."""
    queue: str
    priorities: Sequence[Any]
    reopen: Any
    """Status a closed ticket gets when new posts come."""
    merged: Any
    """Status a ticket gets when its case is merged into another."""


@dataclass(frozen=True)
class TicketChange:
    """Hold what a ticket shall get; None: it keeps what it has."""

    priority: Any = None
    status: Any = None
    queue: str | None = None
    fields: Mapping[str, str] = field(default_factory=dict)


ChangeOf = Callable[[Row], TicketChange]
"""Decides on the ticket as it is at that moment."""


class System(ABC):
    """Call one ticket system, over one open connection."""

    NAME: ClassVar[str]
    """As people call it."""
    CODE: ClassVar[str]
    """First part of its failpoints."""
    PATH: ClassVar[str]
    """Where a new ticket is posted to."""
    STATUS: ClassVar[str]
    """Field of a row with the ticket's status."""
    STATUSES: ClassVar[Mapping[str, Meaning]]
    """Its own statuses; `[contact_centre.options.statuses]` adds those of a council."""
    KEY_CURE: ClassVar[str]
    """Why a new ticket may not be found by its key, and what to do; `{field}` and `{key}` are filled in."""
    NOTE_CURE: ClassVar[str]
    """What lets our notes be read back."""

    def __init__(self, server: httpx.Client, settings: DriverSettings) -> None:
        self.server, self.settings = server, settings
        self.meanings: Mapping[str, Meaning] = {**self.STATUSES, **settings.statuses}

    @abstractmethod
    def compose(self, city: City, case: Case, posts: Sequence[Post], desk_url: str) -> Row:
        """Compose the request that opens a ticket."""

    @abstractmethod
    def find(self, case: Case) -> list[str]:
        """Find the tickets with the case's key, oldest first, merged ones too."""

    @abstractmethod
    def merge(self, made: str, older: str) -> str | None:
        """Merge the ticket just made into an older one.

        Returns None when done, else what the system said.
        """

    @abstractmethod
    def survivor(self, reference: str) -> Row:
        """Fetch a ticket, or the one it was merged into.

        Raises:
            RefusedError: it no longer exists.
        """

    @abstractmethod
    def tickets(self, references: Sequence[str]) -> Mapping[str, Row]:
        """Fetch these tickets as they are; missing ones are left out."""

    @abstractmethod
    def has_note(self, row: Row, mark: str) -> bool:
        """Check whether the ticket has a note of ours with this mark."""

    def reread(self, row: Row) -> Row:
        """Fetch a ticket again where its row holds its notes."""
        return row

    @abstractmethod
    def write(self, row: Row, change_of: ChangeOf | None, mark: str, text: str) -> str:
        """Change the ticket, read the change back, and add an internal note.

        Returns what the system said to the note.

        Raises:
            RefusedError: the system did not make the change.
        """

    @abstractmethod
    def queue_of(self, row: Row) -> str:
        """Return the ticket's queue as a profile names it."""

    @abstractmethod
    def value(self, row: Row, name: str) -> str | None:
        """Return the value of a custom field."""

    @abstractmethod
    def merged_into(self, reference: str, row: Row) -> str | None:
        """Return the number of the ticket that this one was merged into."""

    @abstractmethod
    def last_change(self, row: Row) -> datetime:
        """Say when anything in the ticket changed last."""

    @abstractmethod
    def closed_at(self, row: Row) -> datetime:
        """Say when a closed ticket was closed last."""

    @abstractmethod
    def history(self, row: Row) -> TicketHistory:
        """Read what happened in a ticket that was not merged."""

    def extra_fields(self, city: City, case: Case, posts: Sequence[Post]) -> dict[str, str]:
        """Map the custom fields of a new ticket to their values."""
        return {self.settings.key_field: case.key, **routing.field_values(city, self.settings.fields, case, posts)}

    def label(self, row: Row) -> str:
        """Return the ticket's status in the system's own words."""
        return str(row[self.STATUS])

    def outranks(self, priority: Any, row: Row) -> bool:
        """Compare a priority with the ticket's, if that is ours."""
        order = list(self.settings.priorities)
        return row["priority"] in order and order.index(row["priority"]) < order.index(priority)

    def meaning(self, row: Row) -> Meaning:
        """Translate the ticket's status into our state.

        Raises:
            ConfigurationError: a status without a meaning in the profile.
        """
        status = str(row[self.STATUS])
        if status not in self.meanings:
            raise ConfigurationError(
                f"ticket {row['id']} has the status '{status}', which is not known here: say what it means in the profile, "
                f'such as [contact_centre.options.statuses] "{status}" = "assigned"'
            )
        return self.meanings[status]


@dataclass(frozen=True)
class Procedure(Generic[OptionsT, SecretsT]):
    """Handle cases through a driver: the functions of a part."""

    connect: Callable[[City, OptionsT, SecretsT], AbstractContextManager[System]]

    def open_case(self, city: City, options: OptionsT, secrets: SecretsT, case: Case, posts: Sequence[Post], desk_url: str) -> str:
        """Return the number of the case's ticket; create it when missing.

        It must then be found by its key; of two tickets with the same key the older stays.

        Raises:
            RefusedError: the key was not stored, or two tickets could not be merged: a person must correct it.
        """
        with self.connect(city, options, secrets) as system:
            wanted = system.compose(city, case, posts, desk_url)
            if known := system.find(case):
                return known[0]
            made = str(http.ask(system.server, "POST", system.PATH, json=wanted).json()["id"])
            failpoint(f"{system.CODE}.posted")
            with http.confirm_sent(case.key):
                known = system.find(case)
                if made not in known:
                    cure = system.KEY_CURE.format(field=system.settings.key_field, key=case.key)
                    raise RefusedError(f"ticket {made} was made but cannot be found by its case key: {cure}")
                if known[0] != made and (failure := system.merge(made, known[0])) is not None:
                    said = f" ({failure})" if failure else ""
                    raise RefusedError(f"case {case.key} has two tickets, {known[0]} and {made}: merge them by hand{said}")
                return known[0]

    def append(
        self, city: City, options: OptionsT, secrets: SecretsT, reference: str, case: Case, posts: Sequence[Post], note_key: str
    ) -> None:
        """Add the new posts as one internal note.

        Raises the ticket's priority, and reopens a ticket that was closed within `[triage] reopen_days`.
        """
        if not posts:  # erased before delivery: nothing is left to send
            return
        text, newest = ticket.note(city, case, posts), max(post.received_at for post in posts)
        window = timedelta(days=city.triage.reopen_days)
        with self.connect(city, options, secrets) as system:
            priority = routing.priority_of(system.settings.priorities, case)

            def change(now: Row) -> TicketChange:
                opens = system.meaning(now) in CLOSED and routing.reopens(newest, system.closed_at(now), window)
                return TicketChange(
                    priority=priority if system.outranks(priority, now) else None, status=system.settings.reopen if opens else None
                )

            row = system.survivor(reference)
            said = _write(system, row, change, note_key, text, "commented")
            if said is not None and not system.has_note(system.reread(row), f"escucha:{note_key}"):
                raise RefusedError(f"ticket {row['id']}: our note cannot be read back ({system.NAME} said: {said}): {system.NOTE_CURE}")

    def move(
        self,
        city: City,
        options: OptionsT,
        secrets: SecretsT,
        reference: str,
        case: Case,
        posts: Sequence[Post],
        desk_url: str,  # noqa: ARG002  same form
        note_key: str,
    ) -> None:
        """Say the service in one internal note; change queue and fields.

        A ticket that staff moved to a queue that is none of ours stays there.
        """
        wanted = routing.field_values(city, options.fields, case, posts)
        with self.connect(city, options, secrets) as system:
            default = system.settings.queue
            queue, ours = routing.queue_of(city, case, default), routing.all_queues(city, default)

            def change(now: Row) -> TicketChange:
                current = system.queue_of(now)
                if current not in ours:
                    return TicketChange()
                other = {name: value for name, value in wanted.items() if system.value(now, name) != value}
                return TicketChange(queue=queue if current != queue else None, fields=other)

            _write(system, system.survivor(reference), change, note_key, ticket.service_note(city, case), "moved")

    def note_merge(
        self,
        city: City,
        options: OptionsT,
        secrets: SecretsT,
        reference: str,
        text: str,
        note_key: str,
        change: Literal["close", "reopen", "none"],
    ) -> None:
        """Add the note of a merge and close or reopen; see `core.config.protocols.NotesMerges`."""
        with self.connect(city, options, secrets) as system:
            status = system.settings.merged if change == "close" else system.settings.reopen

            def turn(now: Row) -> TicketChange:
                return TicketChange(status=status) if (system.meaning(now) in CLOSED) is (change == "reopen") else TicketChange()

            row = system.survivor(reference)
            if str(row["id"]) == reference:  # else it was merged into another since
                _write(system, row, None if change == "none" else turn, note_key, text, "merge_noted")

    def state(
        self, city: City, options: OptionsT, secrets: SecretsT, references: Sequence[str], since: datetime | None
    ) -> dict[str, ExternalStatus]:
        """Return the state of the tickets that changed since then.

        `since` counts to the second, the smallest step that some systems know. A ticket that no longer exists is `gone`.

        Raises:
            ConfigurationError: a ticket has no case key, or a status without a meaning in the profile.
        """
        found, second = {}, None if since is None else since.replace(microsecond=0)
        with self.connect(city, options, secrets) as system:
            seen, key_field = system.tickets(references), system.settings.key_field
            for reference in references:
                row = seen.get(reference)
                if row is None:
                    found[reference] = ExternalStatus(state="gone", updated_at=datetime.now(UTC))
                elif into := system.merged_into(reference, row):
                    at = system.last_change(row)
                    found[reference] = ExternalStatus(state="merged", updated_at=at, merged_into=into)
                elif not system.value(row, key_field):
                    raise ConfigurationError(
                        f"ticket {reference} at {options.url} has no case key in '{key_field}', so it is not ours: "
                        f"is this still the {system.NAME} that the cases were delivered to?"
                    )
                elif second is None or system.last_change(row) >= second:
                    found[reference] = system.history(row).state(system.meaning(row), system.label(row))
        return found


def _write(system: System, row: Row, change: ChangeOf | None, note_key: str, text: str, point: str) -> str | None:
    """Change the ticket and add the note; None: it is there."""
    mark = f"escucha:{note_key}"
    if system.has_note(row, mark):
        return None
    said = system.write(row, change, mark, text)
    failpoint(f"{system.CODE}.{point}")
    return said
