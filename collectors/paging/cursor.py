"""Define what a collector's cursor holds: where each stream goes on, as it is stored in the ledger between two runs.

A cursor is JSON with a `version`. One without a version is of version 1: that is how cursors were stored before they had one. Keys
that are not declared are ignored. What a walk of its own keeps is declared beside that
walk. The states of a walk with gaps, as a diagram: docs/explanation/cursors.md.
"""

from datetime import datetime
from typing import Annotated, Any, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, PlainSerializer, ValidationError

from core.errors import SourceError, StreamError
from core.records import Json

VERSION = 1
"""Of every cursor that this version of Escucha writes; raise it when an older Escucha would misread what is written."""
State = dict[str, Any]
"""What a cursor keeps of one stream: JSON."""
Stored = Annotated[AwareDatetime, PlainSerializer(datetime.isoformat, return_type=str)]
"""A moment, stored with its zone."""


class StreamState(BaseModel):
    """What is kept of one stream; a field with its default is not stored."""

    model_config = ConfigDict(frozen=True, extra="ignore", coerce_numbers_to_str=True)

    @classmethod
    def of(cls, state: State, name: str) -> Self:
        """Read what the cursor keeps of the stream of this name.

        Raises:
            StreamError: it cannot be read; names the field.
        """
        try:
            return cls.model_validate(state)
        except ValidationError as error:
            raise StreamError(f"{name}: its stored cursor {_is_wrong(error)}", fatal=True) from None

    def changed(self, **fields: object) -> Self:
        """Return a checked copy with other values.

        Raises:
            ValidationError: a network gave a value of another type.
        """
        return self.model_validate({**dict(self), **fields})

    def as_state(self) -> State:
        """Return what the cursor keeps."""
        return self.model_dump(mode="json", exclude_defaults=True)


class StreamCursor(StreamState):
    """How far a stream of `newest_first` was read. Positions are in the network's own order: a time, or a number that grows.

    At rest there are `high` and perhaps `read_at` alone; while a read is not complete there is `gap_until`.
    """

    high: int | None = None
    """Newest position seen. It counts as read once `gap_until` is gone."""
    gap_until: int | None = None
    """The read goes down to here: everything newer is not known to be read."""
    token: str | None = None
    """Where the network goes on with the older records; None: from the top."""
    oldest: int | None = None
    """Oldest position of this read: the other end of its gap."""
    seen: int = 0
    """Records of this read, to notice that a listing was cut at its end."""
    doubted: bool = False
    """The last answer was empty and said that it was the end, where more is known to be: it is asked for once more."""
    refused: int = 0
    """Runs in a row in which `token` brought a refusal; after `DISTRUST` of them the token is given up."""
    read_at: Stored | None = None
    """When the last complete read began; a read that took several runs leaves none."""
    start: str | None = None
    """X: the lower bound of this read as a time, where there is no id yet or X knows it no more."""
    since: str | None = None
    """Discourse: nothing older is taken by this first read, which may need several runs."""
    filled: int | None = None
    """Bluesky with `live`: the search has filled what the live stream missed until this moment (microseconds)."""


class Doubt(StreamState):
    """Records that could not be read and that no readable one has followed yet."""

    ids: tuple[str, ...] = ()
    """Digests of their ids."""
    state: State = Field(default_factory=dict)
    """Of the stream before the first of them."""


class Stopped(StreamState):
    """A stream that was stopped because its records cannot be read."""

    why: str = ""
    """The error that was told."""
    until: Stored
    """It is not tried again before."""
    pauses: int = 0
    """How often in a row it was tried in vain."""


class Cursor(BaseModel):
    """A cursor with its version: the base of all that a source's run leaves in the ledger."""

    model_config = ConfigDict(frozen=True, extra="ignore", coerce_numbers_to_str=True)

    version: int = VERSION
    """Of the form in which it is stored."""

    @classmethod
    def load(cls, cursor: Json | None, source: str) -> Self:
        """Read a stored cursor; None: the first run.

        Raises:
            SourceError: it was written by a newer Escucha, or cannot be read; nothing may be collected from it.
        """
        version = (cursor or {}).get("version", VERSION)
        if not isinstance(version, int) or version > VERSION:
            raise SourceError(
                f"{source}: its cursor in the ledger is of version {version}, and this version of Escucha knows {VERSION}: "
                "a newer Escucha has read this source. Update Escucha; nothing was read",
                fatal=True,
            )
        try:
            return cls.model_validate(cursor or {})
        except ValidationError as error:
            raise SourceError(
                f"{source}: its cursor in the ledger {_is_wrong(error)}; nothing was read", fatal=True
            ) from None

    def as_json(self) -> Json:
        """Return what the ledger stores; a field with its default is left out."""
        stored: Json = self.model_dump(mode="json", exclude_defaults=True)
        return {**stored, "version": self.version}


class SourceCursor(Cursor):
    """The cursor of a source that reads its streams in turn; see `streams.read_in_turn`."""

    streams: dict[str, State] = Field(default_factory=dict)
    """What is kept of each stream by its name: a `StreamCursor`, or the model of its walk."""
    next: str | None = None
    """The stream with which the next run begins."""
    rests: dict[str, Stored] = Field(default_factory=dict)
    """Groups of streams that no run may ask before this moment: their network asked for a rest."""
    records: dict[str, tuple[int, int]] = Field(default_factory=dict)
    """How many records of a stream could and could not be read, of the last ones."""
    doubts: dict[str, Doubt] = Field(default_factory=dict)
    """Of a stream: its last records, if none of them could be read."""
    stopped: dict[str, Stopped] = Field(default_factory=dict)
    """Streams that are not read, because their records cannot be."""
    accepted: tuple[str, ...] = ()
    """Streams whose next page passes, whatever can be read of it: a person said so (`--accept-rejects`)."""
    barren: dict[str, int] = Field(default_factory=dict)
    """Records in a row of which none could be kept."""
    since: Stored | None = None
    """CONSUL and Decidim: what was written before is never taken; set by the very first read."""
    vocabulary: dict[str, str] = Field(default_factory=dict)
    """X: which words it takes; see `x/vocabulary.py`."""

    @classmethod
    def look_into(cls, cursor: Json | None) -> Self:
        """Read a stored cursor to show it; one that cannot be read, or of a newer version, shows nothing."""
        try:
            return cls.load(cursor, "")
        except SourceError:
            return cls()


def _is_wrong(error: ValidationError) -> str:
    first = error.errors()[0]
    return f"cannot be read ({'.'.join(map(str, first['loc']))}: {first['msg']})"
