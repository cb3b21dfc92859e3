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
    made: dict[tuple[object, ...], tuple[datetime, str]] = field(default_factory=dict)
    """By what was sent: when it was made, and the token. Shown again for MOMENT, and dropped when the next one is made."""

    def make_once(self, sent: tuple[object, ...], make: Callable[[], str]) -> str:
        """Make a token once for what was sent; return it.

        `sent`: the user, the form's id and all its fields. With the id alone, a form that was changed after "back" would show the token
        of another system.
        """
        with self.lock:
            self.made = {key: one for key, one in self.made.items() if now() - one[0] < MOMENT}
            if sent not in self.made:
                self.made[sent] = (now(), make())
            return self.made[sent][1]
