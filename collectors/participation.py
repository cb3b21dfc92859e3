"""Reads the lists of a participation site (CONSUL, Decidim): each from the newest record down, and all of it by a slow sweep.

Such sites list in an order that changes under the reader, so the newest pages alone would miss records: see `sweep`. What was
written before the very first read is never taken; the cursor keeps that moment as `since`.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from pydantic import Field

from collectors.paging.cursor import SourceCursor, StreamCursor
from collectors.paging.full_scan import FullScan
from collectors.paging.newest_first import ListingPage, NewestFirst
from collectors.paging.scheduler import read_in_turn
from collectors.parsing import Item
from core.collection import Budget, Page
from core.config.source_options import SourceOptions
from core.post import Raw, Rejected
from core.records import Json


class SiteOptions(SourceOptions):
    """Keys that the tables of all participation sites share."""

    sweep_pages: int = Field(3, ge=0)
    """Of the pages of a run so many a list go on with the slow sweep over everything; 0: none."""
    look_back: timedelta = Field(timedelta(days=30), gt=timedelta(0))
    """What was written longer than this before the very first read is never taken."""


class SiteList(Protocol):
    """One list of a site."""

    @property
    def name(self) -> str:
        """Its key in the cursor."""

    def newest(self, cursor: StreamCursor) -> ListingPage:
        """Read the next page from the newest record down."""

    def swept(self, token: str | None) -> tuple[list[Item], str | None]:
        """Read the next page of the sweep, and give the token behind it; None: that was the end."""

    def position(self, item: Item) -> int | None:
        """Give the place of a record in the order of the list; None: it has none."""


@dataclass(frozen=True)
class Reach:
    """How far back the lists of a site are read."""

    since: datetime
    """What is older is not taken; as `taken_since` gives it."""
    floor: int
    """Position down to which the very first read goes."""
    overlap: int
    """Each read goes so far below the last one, in positions."""
    sweep_pages: int
    """Pages of the sweep, in one run and of each list."""


def read_site(
    source: str,
    lists: Sequence[SiteList],
    reach: Reach,
    parse: Callable[[Json], Raw | Rejected],
    cursor: Json | None,
    budget: Budget,
) -> Iterator[Page]:
    """Read each list from the newest record down, and a piece of its sweep.

    Args:
        source: its name.
        lists: to be read.
        reach: how far back.
        parse: makes a message of a record.
        cursor: as the last run stored it.
        budget: of this run.
    """
    streams: list[NewestFirst | FullScan] = []
    for one in lists:
        streams.append(NewestFirst(one.name, one.newest, one.position, reach.floor, reach.overlap, group=one.name))
        if reach.sweep_pages:
            streams.append(FullScan(f"{one.name} sweep", one.name, one.swept, reach.sweep_pages))
    for page in read_in_turn(source, streams, parse, cursor, budget):
        yield page.model_copy(update={"cursor": {**page.cursor, "since": reach.since.isoformat()}})


def taken_since(source: str, cursor: Json | None, look_back: timedelta, budget: Budget) -> datetime:
    """Return the moment before which nothing is taken: that of the very first read, less `look_back`.

    Raises:
        SourceError: the cursor is of a newer version.
    """
    return SourceCursor.load(cursor, source).since or budget.now - look_back


def is_older(written_at: Callable[[Item], datetime], item: Item, since: datetime) -> bool:
    """Tell whether a record was written before; one without a readable date is kept, to be counted with its reason."""
    try:
        return written_at(item) < since
    except (KeyError, TypeError, ValueError, AttributeError):
        return False
