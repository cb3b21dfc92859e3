"""Goes slowly over all that a site has, some pages a run, round and round: for what the newest pages cannot show.

Participation sites list in an order that changes under the reader (a record that gets a vote may jump), keep no list of edits, and
show a new comment only beside its old proposal. The sweep finds all of it, a little later.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from collectors.record import Item
from collectors.streams import State, Step
from core.page import Budget


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
            before = state.get("token")
            items, following = self.read(before)
            state = {"token": following} if following and following != before else {}
            yield Step(items, state, None)
            if not state:
                return
