"""Goes slowly over all that a site has, some pages a run, round and round: for what the newest pages cannot show.

Participation sites list in an order that changes under the reader (a record that gets a vote may jump), keep no list of edits, and
show a new comment only beside its old proposal. The sweep finds all of it, a little later.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from collectors.paging.newest_first import DISTRUST
from collectors.paging.scheduler import State, Step
from collectors.parsing import Item
from core.collection import Budget, Gap
from core.errors import SourceError


@dataclass(frozen=True)
class Sweep:
    """One list of one site."""

    name: str
    group: str
    read: Callable[[str | None], tuple[list[Item], str | None]]
    """A page from the beginning or behind a token, and the token behind it; None: that was the end."""
    pages: int

    def walk(self, state: State, share: int, budget: Budget) -> Iterator[Step]:
        """The next pages; behind the last one it begins again, in the next run."""
        for _ in range(min(share, self.pages)):
            if not budget.page():
                return
            before, kept = state.get("token"), {"behind": True} if "behind" in state else {}
            try:
                items, following = self.read(before)
            except SourceError as error:
                if before is not None and not error.fatal:
                    yield self._refused(state)
                raise
            is_end = not following or following == before
            state = {} if is_end else {**kept, "token": following}
            yield Step(items, state, None, filled=is_end and "behind" in kept)
            if is_end:
                return

    def _refused(self, state: State) -> Step:
        """A page that run after run cannot be read is given up: it begins again at the top, and what stands behind is a gap."""
        refused = state.get("refused", 0) + 1
        if refused < DISTRUST:
            return Step([], {**state, "refused": refused}, None)
        return Step([], {"behind": True}, Gap(stream=self.name, reason="refused"))
