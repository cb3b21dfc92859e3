"""Page through a list of posts, newest first, with scripted faults.

The common core of the network stubs.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from tests.support.stubs.server import Reply


@dataclass(frozen=True)
class Said:
    """Hold one post of a network.

    A growing number, when the network received it, and the date its author claims.
    """

    number: int
    at: datetime
    claimed: datetime | None = None
    text: str = "Hay un bache en la calle Mayor de Madrid"


@dataclass
class Faults:
    """Script faults by the number of the listing request, from 1."""

    replies: dict[int, Reply] = field(default_factory=dict)
    """Answer this instead."""
    empty: set[int] = field(default_factory=set)
    """An empty page that still has a token."""
    ends: set[int] = field(default_factory=set)
    """An empty page as if nothing older were there."""
    repeat_token_from: int | None = None
    """From here on the same page and token for ever."""
    dead: dict[str | None, Reply] = field(default_factory=dict)
    """Every request with this token gets this reply."""
    duplicate: set[int] = field(default_factory=set)
    """Give the page before once more, with the right token."""


Page = tuple[list[Said], str | None]


@dataclass
class Listing:
    """Return pages of the posts.

    The network's own rules are in `after` (which posts follow a token) and `token` (its form).
    """

    posts: list[Said] = field(default_factory=list)
    faults: Faults = field(default_factory=Faults)
    asked: int = 0
    last: Page = (), None  # type: ignore[assignment]

    def page(self, rest: list[Said], size: int, token: Callable[[list[Said]], str], now: str | None) -> Page | Reply:
        """Return the next page of `rest` (newest first).

        `token` builds the token from what was returned, `now` is the one received.
        """
        self.asked += 1
        if self.asked in self.faults.replies:
            return self.faults.replies[self.asked]
        if now in self.faults.dead:
            return self.faults.dead[now]
        if self.asked in self.faults.empty:
            return [], f"{now or ''}~"
        if self.asked in self.faults.ends:
            return [], None
        if self.asked in self.faults.duplicate:
            return self.last[0], f"{now or ''}~"
        if self.faults.repeat_token_from is not None and self.asked >= self.faults.repeat_token_from and self.last[1]:
            return self.last
        given = rest[:size]
        self.last = given, token(given) if len(rest) > size else None
        return self.last
