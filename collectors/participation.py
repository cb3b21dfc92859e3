"""Collect the listings of participation sites (CONSUL, Decidim).

Each listing is fetched from the newest record down, and as a whole by a slow scan: such sites list in an order that changes while it
is paged, so the newest pages alone would miss records (see `paging.full_scan`). Nothing written before the first run is collected;
the cursor holds that moment as `since`.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from pydantic import Field

from collectors.paging.cursor import SourceCursor, StreamCursor
from collectors.paging.full_scan import FullScan
from collectors.paging.newest_first import ListingPage, NewestFirst
from collectors.paging.scheduler import fetch_in_turn
from collectors.parsing import Item
from core.config.source_options import SourceOptions
from core.records import Json
from core.records.collection import Budget, Page
from core.records.post import Raw, Rejected


class SiteOptions(SourceOptions):
    """Declare the options that all participation sites share."""

    sweep_pages: int = Field(3, ge=0)
    """Pages of each run and list for the slow scan over everything; 0: no scan."""
    look_back: timedelta = Field(timedelta(days=30), gt=timedelta(0))
    """Nothing written longer than this before the very first read is ever collected."""


class SiteList(Protocol):
    """Describe one listing of a site."""

    @property
    def name(self) -> str:
        """Return its key in the cursor."""

    def newest(self, cursor: StreamCursor) -> ListingPage:
        """Fetch the next page from the newest record down."""

    def scan_page(self, token: str | None) -> tuple[list[Item], str | None]:
        """Fetch the next page of the scan, and the token after it.

        None: the end.
        """

    def position(self, item: Item) -> int | None:
        """Return the position of a record in the listing; None: unknown."""


@dataclass(frozen=True)
class Reach:
    """Set how far back the listings of a site are fetched."""

    since: datetime
    """Older records are not collected; see `collected_since`."""
    floor: int
    """Position at which the first fetch ends."""
    overlap: int
    """How far each fetch continues below the last one, in positions."""
    sweep_pages: int
    """Pages of the scan, per run and listing."""


def read_site(
    source: str,
    lists: Sequence[SiteList],
    reach: Reach,
    parse: Callable[[Json], Raw | Rejected],
    cursor: Json | None,
    budget: Budget,
    usual: tuple[str, ...],
) -> Iterator[Page]:
    """Yield pages of each listing, newest first, and of its scan.

    Args:
        source: its name.
        lists: to be fetched.
        reach: how far back.
        parse: maps a record to a message.
        cursor: as the last run stored it.
        budget: of this run.
        usual: the fields that nearly every record has (`collectors.usual_fields`).
    """
    streams: list[NewestFirst | FullScan] = []
    for one in lists:
        streams.append(NewestFirst(one.name, one.newest, one.position, reach.floor, reach.overlap, group=one.name))
        if reach.sweep_pages:
            streams.append(FullScan(f"{one.name} sweep", one.name, one.scan_page, reach.sweep_pages))
    for page in fetch_in_turn(source, streams, parse, cursor, budget, usual=lambda: usual):
        yield page.model_copy(update={"cursor": {**page.cursor, "since": reach.since.isoformat()}})


def collected_since(source: str, cursor: Json | None, look_back: timedelta, budget: Budget) -> datetime:
    """Return the start of the first run less `look_back`.

    Nothing written earlier is collected.

    Raises:
        SourceError: the cursor has a newer version.
    """
    return SourceCursor.load(cursor, source).since or budget.now - look_back


def is_older(written_at: Callable[[Item], datetime], item: Item, since: datetime) -> bool:
    """Tell whether a record was written before `since`.

    One without a readable date is kept, so that it is counted with its reason.
    """
    try:
        return written_at(item) < since
    except (KeyError, TypeError, ValueError, AttributeError):
        return False
