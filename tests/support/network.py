"""Provide what the worlds of all networks have in common."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Generic, TypeVar

from core.config.city import City, load_city
from core.config.source_options import SourceOptions
from core.records import Json
from core.records.collection import Budget, Page
from tests.support.collector_runs import Keeper
from tests.support.stubs.listing import Faults, Listing, Said
from tests.support.stubs.server import Reply, Stub

CITY = load_city(Path(__file__).resolve().parents[2] / "cities" / "madrid.toml")
StubT = TypeVar("StubT", bound=Stub)
OptionsT = TypeVar("OptionsT", bound=SourceOptions)


class Network(Generic[StubT, OptionsT]):
    """Implement what the worlds have in common.

    `keeper` stores what is collected in a real ledger, if a test provides one.
    """

    source: str
    module: Any
    stub: StubT
    essential: str
    """A field without which no message can be made."""
    essential_fields: frozenset[str] = frozenset()
    """All of them, as dotted paths of a record (`test_collectors_essential_fields.py`)."""
    secrets: Any
    page_size = 100
    reach: int | None = None
    read_again = 0
    repeats = 0
    tokens = True

    def __init__(self, listing: Listing, options: OptionsT, too_many: Reply, city: City = CITY) -> None:
        self.listing, self.options, self.too_many, self.city = listing, options, too_many, city
        self.keeper: Keeper | None = None

    def say(self, posts: list[Said]) -> None:
        self.listing.posts += posts

    def faults(self, faults: Faults) -> None:
        self.listing.faults, self.listing.asked = faults, 0

    def collect(self, cursor: Json | None, budget: Budget) -> Iterator[Page]:
        pages: Iterator[Page] = self.module.collect(self.city, self.options, self.secrets, cursor, budget)
        return pages
