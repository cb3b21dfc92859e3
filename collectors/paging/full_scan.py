"""Page slowly through a whole listing, in a cycle over many runs.

Participation sites list in an order that changes while it is paged (a record that gets a vote may jump), keep no list of edits, and
show a new comment only beside its old proposal. The full scan finds what the newest pages cannot show, a little later.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from collectors.paging.cursor import State, StreamState
from collectors.paging.newest_first import MAX_REFUSALS
from collectors.paging.scheduler import Step
from collectors.parsing import Item
from core.errors import SourceError
from core.records.collection import Budget, Gap


class FullScanCursor(StreamState):
    """Hold how far a full scan has come; see `FullScan`."""

    token: str | None = None
    """The next page; None: from the beginning."""
    refused: int = 0
    """Consecutive runs in which this page was refused; after `MAX_REFUSALS` of them the scan restarts."""
    behind: bool = False
    """A page was given up: everything after it is a gap until a scan reaches the end."""


@dataclass(frozen=True)
class FullScan:
    """Describe one listing of one site and how to scan it."""

    name: str
    group: str
    read: Callable[[str | None], tuple[list[Item], str | None]]
    """Fetches the first page (None) or the one after a token; returns the next token, None at the end."""
    pages: int

    def fetch_pages(self, state: State, page_quota: int, budget: Budget) -> Iterator[Step]:
        """Yield the next pages. The run after the last page restarts at the top."""
        cursor = FullScanCursor.of(state, self.name)
        for _ in range(min(page_quota, self.pages)):
            if not budget.page():
                return
            try:
                items, following = self.read(cursor.token)
            except SourceError as error:
                if cursor.token is not None and not error.fatal:
                    yield self._refused(cursor)
                raise
            is_end = not following or following == cursor.token
            filled = is_end and cursor.behind
            cursor = FullScanCursor() if is_end else FullScanCursor(token=following, behind=cursor.behind)
            yield Step(items, cursor.as_state(), None, filled=filled)
            if is_end:
                return

    def _refused(self, cursor: FullScanCursor) -> Step:
        """Count a refused page; after `MAX_REFUSALS` runs restart and record a gap."""
        if cursor.refused + 1 < MAX_REFUSALS:
            return Step([], cursor.changed(refused=cursor.refused + 1).as_state(), None)
        return Step([], FullScanCursor(behind=True).as_state(), Gap(stream=self.name, reason="refused"))
