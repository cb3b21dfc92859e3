"""Goes slowly over all that a site has, some pages a run, round and round: for what the newest pages cannot show.

Participation sites list in an order that changes under the reader (a record that gets a vote may jump), keep no list of edits, and
show a new comment only beside its old proposal. The sweep finds all of it, a little later.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from collectors.paging.cursor import State, StreamState
from collectors.paging.newest_first import DISTRUST
from collectors.paging.scheduler import Step
from collectors.parsing import Item
from core.collection import Budget, Gap
from core.errors import SourceError


class FullScanCursor(StreamState):
    """How far a slow sweep over everything has come; see `sweep`."""

    token: str | None = None
    """The next page; None: from the beginning."""
    refused: int = 0
    """Runs in a row in which this page was refused; after `DISTRUST` of them the sweep begins again."""
    behind: bool = False
    """What is behind a page that was given up is a gap until a sweep comes to the end."""


@dataclass(frozen=True)
class FullScan:
    """One list of one site."""

    name: str
    group: str
    read: Callable[[str | None], tuple[list[Item], str | None]]
    """A page from the beginning or behind a token, and the token behind it; None: that was the end."""
    pages: int

    def walk(self, state: State, share: int, budget: Budget) -> Iterator[Step]:
        """The next pages; behind the last one it begins again, in the next run."""
        cursor = FullScanCursor.of(state, self.name)
        for _ in range(min(share, self.pages)):
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
        """A page that run after run cannot be read is given up: it begins again at the top, and what stands behind is a gap."""
        if cursor.refused + 1 < DISTRUST:
            return Step([], cursor.changed(refused=cursor.refused + 1).as_state(), None)
        return Step([], FullScanCursor(behind=True).as_state(), Gap(stream=self.name, reason="refused"))
