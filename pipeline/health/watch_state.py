"""Remember what the watch saw, reported, and in whose name.

In a file of the home, because the watch must speak when profile and database are gone.
"""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

from pydantic import ValidationError

from core.config.settings import Settings
from core.records import Record, UtcDatetime
from core.version import VERSION

Kind = Literal["profile", "ledger", "scheduler", "worker", "source", "never", "failing", "quiet", "settings", "search"]
"""What can be wrong: see `Alarm`."""
LOOKED_AT_MOST = timedelta(minutes=15)
"""How old the last look may be: it is made every five minutes."""


class AlertVoice(Record):
    """Hold what an alert takes from the profile."""

    city: str = ""
    """Empty: no profile was ever read."""
    language: str = "es"
    agent: str = f"Escucha/{VERSION}"
    """User-Agent of the web hook."""


class KnownAlarm(Record):
    """Hold one thing that is wrong, from when it was first seen."""

    kind: Kind
    name: str
    text: str
    first_seen: UtcDatetime
    is_reported: bool = False

    @property
    def key(self) -> str:
        """Identify it, as `Alarm.key` does."""
        return f"{self.kind} {self.name}".strip()


class WatchState(Record):
    """Hold what the last look saw."""

    voice: AlertVoice = AlertVoice()
    """Of the last good profile."""
    looked_at: UtcDatetime | None = None
    known: tuple[KnownAlarm, ...] = ()
    back_at: UtcDatetime | None = None
    """When the scheduler, the profile or the database last came back."""


def load_state(settings: Settings) -> WatchState:
    """Return the last state.

    An empty one before the first look, or if the file cannot be parsed.
    """
    try:
        return WatchState.model_validate_json(_path(settings).read_bytes())
    except (OSError, ValidationError):
        return WatchState()


def store_state(settings: Settings, state: WatchState) -> None:
    """Replace the state atomically."""
    path = _path(settings)
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".draft")
    draft.write_text(state.model_dump_json(), encoding="utf-8")
    draft.replace(path)


def note_start(settings: Settings, at: datetime) -> None:
    """Note that everything starts now: heartbeat and sources are old yet.

    People are alerted at once all the same of a profile or a database that cannot be used.
    """
    store_state(settings, load_state(settings).model_copy(update={"back_at": at}))


def _path(settings: Settings) -> Path:
    return settings.home.resolve() / "run" / "watch.json"
