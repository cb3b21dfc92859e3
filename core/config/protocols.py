"""Define the interfaces of plug-ins: collector, question and contact centre.

A plug-in is a module (or a class) with these functions and signatures; it inherits nothing. `mypy --strict` checks every plug-in in
`workshop/part_types.py`. The contract of each function is documented in the room's `__init__`.

`OptionsT` is the plug-in's `Options`, validated before the plug-in is called; `SecretsT` its `Secrets`, or `Secrets | None` where it
needs none.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Literal, Protocol, TypeVar, cast, runtime_checkable

from core.config.city import City
from core.config.plugins import Secrets, load_plugin, load_reply_plugin
from core.config.source_options import SourceOptions
from core.records import Json, Options, Record
from core.records.annotation import Label
from core.records.answer import ReplyTarget
from core.records.case import Case, ExternalStatus
from core.records.collection import Budget, Page
from core.records.post import Post, Raw, Reach, Rejected

OptionsT = TypeVar("OptionsT", contravariant=True)
SecretsT = TypeVar("SecretsT", contravariant=True)
EncodedT = TypeVar("EncodedT", contravariant=True)
SameOptionsT = TypeVar("SameOptionsT")


class Collector(Protocol[OptionsT, SecretsT]):
    """Collect public posts from one network: see `collectors/__init__.py`."""

    def collect(self, city: City, options: OptionsT, secrets: SecretsT, cursor: Json | None, budget: Budget) -> Iterator[Page]:
        """Yield pages from `cursor` on; None: the first run."""

    def parse(self, raw_json: Json) -> Raw | Rejected:
        """Parse one record of the network; pure."""

    def find_deleted(
        self, city: City, options: OptionsT, secrets: SecretsT, native_ids: list[str], budget: Budget
    ) -> Mapping[str, bool | Reach]:
        """Return for each message whether the network deleted it.

        A message for which the network gave no answer is absent. One that it still shows is False, or has the counts of that answer.
        """

    def check(self, city: City, options: OptionsT, secrets: SecretsT) -> str:
        """Fetch once and describe what was found, in one line."""


class Replier(Protocol[OptionsT, SecretsT]):
    """Send answers where the citizen asked: `reply.py` of a collector's folder."""

    def reply(self, city: City, options: OptionsT, secrets: SecretsT, target: ReplyTarget, text: str, key: str) -> str:
        """Answer one message; return the address of the answer.

        `key` is the same whenever the same answer is tried again.

        Raises:
            RefusedError: the network will not take it (deleted message, blocked, too long, duplicate), in its own words.
            UnavailableError: it was surely not taken, and may be tried again.
            OutcomeUnknownError: it may have been taken.
        """

    def find_reply(self, city: City, options: OptionsT, secrets: SecretsT, target: ReplyTarget, text: str, key: str) -> str | None:
        """Look for this answer on the network and return its address.

        Returns None when the network does not have it.

        Raises:
            UnavailableError: the network gave no usable response.
        """


@runtime_checkable
class PaidReplier(Protocol[OptionsT, SecretsT]):
    """Send answers as `Replier` does, within the budget of the source.

    For networks with prices or a quota: `budget` records each request before it is sent.
    """

    PAYS: Literal[True]

    def reply(self, city: City, options: OptionsT, secrets: SecretsT, target: ReplyTarget, text: str, key: str, budget: Budget) -> str:
        """Answer one message; as `Replier.reply`.

        Raises:
            BudgetSpentError: nothing was sent.
        """

    def find_reply(
        self, city: City, options: OptionsT, secrets: SecretsT, target: ReplyTarget, text: str, key: str, budget: Budget
    ) -> str | None:
        """Return the address of this answer; as `Replier.find_reply`.

        Raises:
            BudgetSpentError: the network was not asked.
        """


class Question(Protocol[OptionsT, EncodedT]):
    """Answer one question about posts: see `nlp/__init__.py`."""

    def classify(self, city: City, options: OptionsT, posts: Sequence[Post], encoded: EncodedT) -> list[Label]:
        """Return one label per post, in the order of the posts."""


class ContactCentre(Protocol[OptionsT, SecretsT]):
    """Handle cases in an outside system: see `contact_centre/__init__.py`."""

    def open_case(self, city: City, options: OptionsT, secrets: SecretsT, case: Case, posts: Sequence[Post], desk_url: str) -> str:
        """Return the reference of this case's ticket, opening one if none exists."""

    def append(
        self, city: City, options: OptionsT, secrets: SecretsT, reference: str, case: Case, posts: Sequence[Post], note_key: str
    ) -> None:
        """Add the new posts as one internal note."""

    def move(
        self,
        city: City,
        options: OptionsT,
        secrets: SecretsT,
        reference: str,
        case: Case,
        posts: Sequence[Post],
        desk_url: str,
        note_key: str,
    ) -> None:
        """Say the new service in one note; move the ticket."""

    def state(
        self, city: City, options: OptionsT, secrets: SecretsT, references: Sequence[str], since: datetime | None
    ) -> dict[str, ExternalStatus]:
        """Return the state of the tickets that changed since then.

        `since` None: of all of them.
        """

    def check(self, city: City, options: OptionsT, secrets: SecretsT) -> str:
        """Verify address, login, queues, fields and rights without writing anything."""

    def address(self, options: OptionsT, reference: str) -> str:
        """Return the URL of the ticket's web page."""


@runtime_checkable
class NotesMerges(Protocol[OptionsT, SecretsT]):
    """Close the tickets of cases that were merged on the desk."""

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
        """Add a note to a ticket, once, and close or reopen it.

        `note_key` as in `ContactCentre.append`. A ticket that staff merged there, and one that is in the wanted state, keeps its state.

        Raises:
            RefusedError: the ticket no longer exists, or the system does not make the change.
            OutcomeUnknownError: it may have been made.
            UnavailableError: nothing was sent.
        """


@runtime_checkable
class QueriesServers(Protocol[OptionsT]):
    """Mark a collector that queries several servers, each about its posts."""

    def server_of(self, options: OptionsT, native_id: str) -> str | None:
        """Return the server to query about this message, as its stream group.

        None: no configured server can be queried.
        """


@runtime_checkable
class ResolvesAuthors(Protocol[OptionsT, SecretsT]):
    """Mark a collector that can resolve a handle to a stable id."""

    def author_id(self, city: City, options: OptionsT, secrets: SecretsT, handle: str) -> str:
        """Resolve a handle to the author's stable id.

        Raises:
            SourceError: the network does not resolve it.
        """


@runtime_checkable
class EstimatesCost(Protocol[OptionsT, SecretsT]):
    """Mark a collector that can estimate its cost before it collects."""

    def cost(self, city: City, options: OptionsT, secrets: SecretsT, budget: Budget) -> Sequence[Record]:
        """Estimate the cost of a month, for each way of collecting."""


@runtime_checkable
class ChargesForCheck(Protocol):
    """Mark a collector whose `check` costs money."""

    CHECK_USD: float


@runtime_checkable
class ExplainsWhyOff(Protocol):
    """Mark a collector whose secrets are hard to get.

    `WHY_OFF` is shown wherever the collector is listed as off.
    """

    WHY_OFF: str


@runtime_checkable
class HasSeveralSources(Protocol[SameOptionsT]):
    """Mark a collector whose one table in the profile defines several sources."""

    def sources_of(self, options: SameOptionsT) -> dict[str, SameOptionsT]:
        """Return the options of each source, by its name."""


LoadedCollector = Collector[SourceOptions, Secrets | None]
"""A collector found by its name. It accepts only its own options and secrets: those that `core.config.plugins` made for that name."""
LoadedContactCentre = ContactCentre[Options, Secrets | None]
"""The same for a contact centre."""


LoadedReplier = Replier[SourceOptions, Secrets | None]
"""The same of a collector's `reply.py`."""


LoadedPaidReplier = PaidReplier[SourceOptions, Secrets | None]
"""The same where the network charges for answers."""


def load_replier(name: str) -> LoadedReplier | LoadedPaidReplier | None:
    """Load the replier of a network.

    Returns None when answers are copied there by hand.
    """
    part = load_reply_plugin(name)
    if part is None:
        return None
    return cast(LoadedPaidReplier, part) if hasattr(part, "PAYS") else cast(LoadedReplier, part)


def load_collector(name: str, where: str) -> LoadedCollector:
    """Load a collector by its name.

    Raises:
        ConfigurationError: there is no such collector; the message lists those that exist.
    """
    return cast(LoadedCollector, load_plugin("collectors", name, where))


def load_contact_centre(name: str, where: str) -> LoadedContactCentre:
    """Load the plug-in of an outside contact centre by its name.

    Raises:
        ConfigurationError: there is no such plug-in; the message lists those that exist.
    """
    return cast(LoadedContactCentre, load_plugin("contact_centre", name, where))
