"""The common core of the network stubs: a list of posts, newest first, in pages, with the faults the tests ask for."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from tests.support.stubs.server import Reply


@dataclass(frozen=True)
class Said:
    """One post as the network holds it: a number that grows, when the network got it, and when its author says it was."""

    number: int
    at: datetime
    claimed: datetime | None = None
    text: str = "Hay un bache en la calle Mayor de Madrid"


@dataclass
class Faults:
    """What goes wrong, by the number of the listing request (1 is the first)."""

    replies: dict[int, Reply] = field(default_factory=dict)
    """Answer this instead."""
    empty: set[int] = field(default_factory=set)
    """An empty page that still has a token."""
    ends: set[int] = field(default_factory=set)
    """An empty page as if nothing older were there."""
    repeat_token_from: int | None = None
    """From here on the same page and token for ever."""
    dead: dict[str | None, Reply] = field(default_factory=dict)
    """Whoever comes with this token gets this, for ever."""
    duplicate: set[int] = field(default_factory=set)
    """Give the page before once more, with the right token."""


Page = tuple[list[Said], str | None]


@dataclass
class Listing:
    """Pages of the posts; the network's own rules are in `after` (which posts follow a token) and `token` (its shape)."""

    posts: list[Said] = field(default_factory=list)
    faults: Faults = field(default_factory=Faults)
    asked: int = 0
    last: Page = (), None  # type: ignore[assignment]

    def page(self, rest: list[Said], size: int, token: Callable[[list[Said]], str], now: str | None) -> Page | Reply:
        """The next page of `rest` (newest first); `token` makes the token from what was given out, `now` is the one sent."""
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
