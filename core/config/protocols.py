"""Define what the parts of the house must have: a collector, a question to the model, a contact centre.

A part is a module (or a class) that has these functions with these signatures; it inherits nothing. `mypy --strict` checks every
part in `tools/part_types.py`. What each function must do is written in the room's `__init__`.

`OptionsT` is the part's own `Options`, checked before the part is called; `SecretsT` its own `Secrets`, or `Secrets | None` where it
needs none.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Protocol, TypeVar, cast, runtime_checkable

from core.annotation import Label
from core.case import Case, Standing
from core.collection import Budget, Page
from core.config.city import City
from core.config.plugins import Secrets, load_part
from core.config.source_options import SourceOptions
from core.post import Post, Raw, Rejected
from core.records import Json, Options, Record

OptionsT = TypeVar("OptionsT", contravariant=True)
SecretsT = TypeVar("SecretsT", contravariant=True)
EncodedT = TypeVar("EncodedT", contravariant=True)
SameOptionsT = TypeVar("SameOptionsT")


class Collector(Protocol[OptionsT, SecretsT]):
    """Reads what people say in public in one place: see `collectors/__init__.py`."""

    def collect(
        self, city: City, options: OptionsT, secrets: SecretsT, cursor: Json | None, budget: Budget
    ) -> Iterator[Page]:
        """Read on from `cursor` (None: the first time), page by page."""

    def parse(self, raw_json: Json) -> Raw | Rejected:
        """Make a message of one record; pure."""

    def gone(
        self, city: City, options: OptionsT, secrets: SecretsT, native_ids: list[str], budget: Budget
    ) -> dict[str, bool]:
        """Tell of each message whether it was deleted; one that was not answered is absent."""

    def check(self, city: City, options: OptionsT, secrets: SecretsT) -> str:
        """Read once and say in words what was found."""


class Question(Protocol[OptionsT, EncodedT]):
    """Answers one question about posts: see `nlp/__init__.py`."""

    def classify(self, city: City, options: OptionsT, posts: Sequence[Post], encoded: EncodedT) -> list[Label]:
        """Give one label a post, in the order of the posts."""


class ContactCentre(Protocol[OptionsT, SecretsT]):
    """Works the cases in a system outside: see `contact_centre/__init__.py`."""

    def open_case(
        self, city: City, options: OptionsT, secrets: SecretsT, case: Case, posts: Sequence[Post], desk_url: str
    ) -> str:
        """Give the reference of this case's ticket: the one it has, else a new one."""

    def append(
        self,
        city: City,
        options: OptionsT,
        secrets: SecretsT,
        reference: str,
        case: Case,
        posts: Sequence[Post],
        note_key: str,
    ) -> None:
        """Add the new posts as one internal note."""

    def state(
        self, city: City, options: OptionsT, secrets: SecretsT, references: Sequence[str], since: datetime | None
    ) -> dict[str, Standing]:
        """Tell how far these tickets are, as far as they changed since then (None: ever)."""

    def check(self, city: City, options: OptionsT, secrets: SecretsT) -> str:
        """Prove address, login, queues, fields and rights without writing anything."""

    def address(self, options: OptionsT, reference: str) -> str:
        """Give the ticket's page, for people."""


@runtime_checkable
class AsksServers(Protocol[OptionsT]):
    """A collector that asks several servers, each about its own posts."""

    def server_of(self, options: OptionsT, native_id: str) -> str | None:
        """Name the server that would be asked about this message, as the group of its streams; None: none would."""


@runtime_checkable
class FindsAuthors(Protocol[OptionsT, SecretsT]):
    """A collector that can translate an author's handle into the network's stable id."""

    def author_id(self, city: City, options: OptionsT, secrets: SecretsT, handle: str) -> str:
        """Find the id.

        Raises:
            SourceError: the network does not tell it.
        """


@runtime_checkable
class CountsCosts(Protocol[OptionsT, SecretsT]):
    """A collector that can say before reading what it would cost."""

    def cost(self, city: City, options: OptionsT, secrets: SecretsT, budget: Budget) -> Sequence[Record]:
        """Estimate the cost of a month for each plan of reading."""


@runtime_checkable
class ChargesForCheck(Protocol):
    """A collector whose `check` costs money."""

    CHECK_USD: float


@runtime_checkable
class SaysWhyOff(Protocol):
    """A collector whose secrets are hard to get, which is said wherever it is shown as off."""

    WHY_OFF: str


@runtime_checkable
class HasSeveralSources(Protocol[SameOptionsT]):
    """A collector of which one table in the profile is several sources."""

    def sources_of(self, options: SameOptionsT) -> dict[str, SameOptionsT]:
        """Give the options of each source, by its name."""


LoadedCollector = Collector[SourceOptions, Secrets | None]
"""A collector found by its name. It takes its own options and secrets only: those that `core.config.plugins` made for the same name."""
LoadedContactCentre = ContactCentre[Options, Secrets | None]
"""The same of a contact centre."""


def load_collector(name: str, where: str) -> LoadedCollector:
    """Load a collector by its name.

    Raises:
        ConfigurationError: there is no such collector; the message names those there are.
    """
    return cast(LoadedCollector, load_part("collectors", name, where))


def load_contact_centre(name: str, where: str) -> LoadedContactCentre:
    """Load the part that speaks to an outside contact centre, by its name.

    Raises:
        ConfigurationError: there is no such part; the message names those there are.
    """
    return cast(LoadedContactCentre, load_part("contact_centre", name, where))
