"""Hold new API tokens for a moment, against a double click."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock

from pipeline.context import now

MOMENT = timedelta(minutes=1)


@dataclass
class NewTokens:
    """Keep new tokens for a moment.

    A form that is sent twice shows the same one: a browser drops the answer to the first click of two, and without this the token in it
    would be lost.
    """

    lock: Lock = field(default_factory=Lock)
    made: dict[tuple[str, str], tuple[datetime, str]] = field(default_factory=dict)
    """Of each user and form: when it was made, and the token. Held in memory, for MOMENT."""

    def make_once(self, user: str, form: str, make: Callable[[], str]) -> str:
        """Make a token once for each form; return it."""
        with self.lock:
            self.made = {key: one for key, one in self.made.items() if now() - one[0] < MOMENT}
            if (user, form) not in self.made:
                self.made[user, form] = (now(), make())
            return self.made[user, form][1]
