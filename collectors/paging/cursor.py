"""Define the cursors, which hold where each stream continues.

The ledger stores them between two runs. A cursor is JSON with a `version`; one without a version is version 1, from before cursors
had versions. Undeclared keys are ignored. State that only one paging strategy keeps is declared beside that strategy. The states of
a listing with gaps, as a diagram: docs/explanation/cursors.md.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Annotated, Any, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, PlainSerializer, ValidationError

from core.errors import SourceError, StreamError
from core.records import Json

VERSION = 1
"""Version of every cursor written here; raise it when an older Escucha would misread the new form."""
State = dict[str, Any]
"""The part of a cursor that belongs to one stream: JSON."""
Stored = Annotated[AwareDatetime, PlainSerializer(datetime.isoformat, return_type=str)]
"""A moment, stored with its time zone."""


class StreamState(BaseModel):
    """Hold the state of one stream. A field with its default is not stored."""

    model_config = ConfigDict(frozen=True, extra="ignore", coerce_numbers_to_str=True)

    @classmethod
    def of(cls, state: State, name: str) -> Self:
        """Load the state of the stream with this name.

        Raises:
            StreamError: the state is invalid; the message names the field.
        """
        try:
            return cls.model_validate(state)
        except ValidationError as error:
            raise StreamError(f"{name}: its stored cursor {_describe_error(error)}", fatal=True) from None

    def changed(self, **fields: object) -> Self:
        """Return a validated copy with other values.

        Raises:
            ValidationError: a network returned a value of another type.
        """
        return self.model_validate({**dict(self), **fields})

    def as_state(self) -> State:
        """Return the state as the cursor stores it."""
        return self.model_dump(mode="json", exclude_defaults=True)


class StreamCursor(StreamState):
    """Hold how far a stream of `newest_first` was fetched.

    Positions follow the network's own order: a time, or an increasing number. Between complete fetches only `high` and perhaps `read_at`
    are set; while a fetch is incomplete there is also `gap_until`.
    """

    high: int | None = None
    """Newest position seen. Everything up to it is fetched once `gap_until` is None."""
    gap_until: int | None = None
    """The fetch continues down to here: anything newer may be missing."""
    token: str | None = None
    """The network's token for the next, older page; None: from the top."""
    oldest: int | None = None
    """Oldest position of this fetch: the upper end of the gap."""
    seen: int = 0
    """Records of this fetch, to detect a listing that was cut at its maximum length."""
    doubted: bool = False
    """The last response was empty and claimed to be the end, although more is known to exist: it is requested once more."""
    refused: int = 0
    """Consecutive runs in which `token` was refused; after `MAX_REFUSALS` of them the token is dropped."""
    read_at: Stored | None = None
    """When the last complete fetch began; None after a fetch that took several runs."""
    start: str | None = None
    """X: the lower bound of this fetch as a time, if there is no id yet or X no longer accepts it."""
    since: str | None = None
    """Discourse: lower bound of the first fetch, which may take several runs."""
    filled: int | None = None
    """Bluesky with `live`: the search has back-filled what the live stream missed up to this moment (microseconds)."""


class Doubt(StreamState):
    """Hold unreadable records that no readable one has followed yet."""

    ids: tuple[str, ...] = ()
    """Digests of their ids."""
    state: State = Field(default_factory=dict)
    """State of the stream before the first of them."""


class Stopped(StreamState):
    """Describe a stream that was stopped because its records cannot be parsed."""

    why: str = ""
    """The error message."""
    until: Stored
    """No request is made before this moment."""
    pauses: int = 0
    """Consecutive attempts that failed."""


WINDOW = 500
"""Records over which a usual share is counted, approximately: older ones have decaying weight."""


class FieldCount(StreamState):
    """Hold how many of a stream's last records had a field."""

    having: int = 0
    lacking: int = 0
    row: tuple[str, ...] = ()
    """Keys of the last records, if none of them had it."""

    def add(self, having: int, lacking: Collection[str]) -> Self:
        """Count some more records."""
        return self.changed(
            **dict(zip(("having", "lacking"), decayed(self.having + having, self.lacking + len(lacking)), strict=True)), row=()
        )


def decayed(good: int, bad: int) -> tuple[int, int]:
    """Keep the share of two counts within the window.

    >>> decayed(900, 100)
    (450, 50)
    """
    total = good + bad
    return (good, bad) if total <= WINDOW else (round(good * WINDOW / total), round(bad * WINDOW / total))


class Cursor(BaseModel):
    """Hold a versioned cursor. Base class of all stored cursors."""

    model_config = ConfigDict(frozen=True, extra="ignore", coerce_numbers_to_str=True)

    version: int = VERSION
    """Version of the stored form."""

    @classmethod
    def load(cls, cursor: Json | None, source: str) -> Self:
        """Load a stored cursor; None: the first run.

        Raises:
            SourceError: a newer Escucha wrote it, or it is invalid; nothing may be collected from it.
        """
        version = (cursor or {}).get("version", VERSION)
        if not isinstance(version, int) or version > VERSION:
            raise SourceError(
                f"{source}: its cursor in the ledger has version {version}, this Escucha supports {VERSION}: "
                "a newer Escucha has collected this source. Update Escucha; nothing was collected",
                fatal=True,
            )
        try:
            return cls.model_validate(cursor or {})
        except ValidationError as error:
            raise SourceError(f"{source}: its cursor in the ledger {_describe_error(error)}; nothing was collected", fatal=True) from None

    def as_json(self) -> Json:
        """Return the JSON that the ledger stores, without default values."""
        stored: Json = self.model_dump(mode="json", exclude_defaults=True)
        return {**stored, "version": self.version}


class SourceCursor(Cursor):
    """Hold the cursor of a source with several streams; see `scheduler.fetch_in_turn`."""

    streams: dict[str, State] = Field(default_factory=dict)
    """State of each stream by name: a `StreamCursor`, or the model of its paging strategy."""
    next: str | None = None
    """The stream with which the next run begins."""
    rests: dict[str, Stored] = Field(default_factory=dict)
    """Groups of streams without requests until this moment, because of a rate limit or back-off."""
    records: dict[str, tuple[int, int]] = Field(default_factory=dict)
    """Readable and unreadable records among the last ones of a stream."""
    doubts: dict[str, Doubt] = Field(default_factory=dict)
    """The last records of a stream, if none of them could be parsed."""
    stopped: dict[str, Stopped] = Field(default_factory=dict)
    """Streams that are not fetched, because their records cannot be parsed."""
    accepted: tuple[str, ...] = ()
    """Streams whose next page is accepted, however little of it can be parsed: a person asked for it (`--accept-rejects`)."""
    barren: dict[str, int] = Field(default_factory=dict)
    """Consecutive records of which none could be kept."""
    fields: dict[str, dict[str, FieldCount]] = Field(default_factory=dict)
    """By stream and field: how many records had it (`collectors.usual_fields`)."""
    since: Stored | None = None
    """CONSUL and Decidim: nothing written earlier is ever collected; set by the first run."""
    vocabulary: dict[str, str] = Field(default_factory=dict)
    """X: which field names it accepts; see `x/vocabulary.py`."""

    @classmethod
    def look_into(cls, cursor: Json | None) -> Self:
        """Load a stored cursor for display. An invalid or newer one is empty."""
        try:
            return cls.load(cursor, "")
        except SourceError:
            return cls()


def _describe_error(error: ValidationError) -> str:
    first = error.errors()[0]
    return f"is invalid ({'.'.join(map(str, first['loc']))}: {first['msg']})"
