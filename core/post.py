"""One public message: as its network gave it (Raw, never stored) and as the ledger keeps it (Post, hidden)."""

import hashlib
from typing import Literal, Self

from core.records import Record, UtcDatetime

Kind = Literal["post", "comment", "reply", "repost", "quote"]
SENT_TO_THE_COUNCIL = frozenset({"mailbox", "inbox"})
"""Sources whose messages were sent to the council, not said in public: counted and worked as any other, quoted in no report."""

EXAMPLE = "example-"
"""Prefix of sources whose posts are made up for the example week; they never enter open data or public figures."""
World = Literal["live", "replay", "example"]


def is_example(source: str) -> bool:
    """Tell whether the posts of a source were written as an example."""
    return source.startswith(EXAMPLE)


class Raw(Record):
    """One message as its network gave it. Never stored: `core.privacy.pseudonymise` turns it into a Post first."""

    source: str
    """Name of the collector, as in `[sources.NAME]`."""
    native_id: str
    """The message's id, unique across the network."""
    text: str
    """Plain text (HTML already taken out)."""
    created_at: UtcDatetime
    """When its author published it, as the network says."""
    received_at: UtcDatetime
    """When we read it. For a replayed archive: the replayed `created_at`."""
    author_id: str | None = None
    """The network's stable id of the author; None when the network withholds it."""
    handle: str | None = None
    """The author's visible name, so that it can be taken out of the text."""
    handle_is_unique: bool = False
    """On its network a handle is one account's alone, written as in the city's `handles`: so it tells what the city wrote. The name
    on a letter, of a user of a forum or of a channel can be anybody's: there the profile names the city's own (`own`, `own_ids`)."""
    own: bool = False
    """Written by the city itself."""
    edited_at: UtcDatetime | None = None
    language: str | None = None
    """What the network says; network tags lie, the reader decides."""
    kind: Kind = "post"
    thread_id: str | None = None
    """Native id of the conversation it belongs to."""
    reply_to: str | None = None
    """Native id of the message it answers."""
    url: str | None = None
    replayed_from: UtcDatetime | None = None
    """The real date of a message from an archive that is played again as if it came in now."""
    place: str = ""
    """Where it stands in its input (`file.jsonl:17`), should it have to be refused; never stored otherwise."""


class Rejected(Record):
    """A record that could not be parsed: where it stands and why, never its text."""

    source: str
    place: str
    """Where it stands in the input: `file.jsonl:17`, `page 3 item 12`."""
    reason: str
    """A short code: bad_json, bad_row, bad_encoding, too_large, nul, lone_surrogate, bad_date, empty_text, missing_field ..."""
    size: int
    """Bytes of the record."""
    digest: str
    """SHA-256 (hex) of the record's bytes; the ledger keeps only a keyed hash of it."""

    @classmethod
    def of(cls, source: str, place: str, reason: str, record: str | bytes) -> Self:
        """The record of a refused `record`: its size and digest, never its text."""
        content = record.encode("utf-8", "surrogatepass") if isinstance(record, str) else record
        return cls(
            source=source, place=place, reason=reason, size=len(content), digest=hashlib.sha256(content).hexdigest()
        )


class Post(Record):
    """One public message as we keep it: no handle, no native id, no link, no personal number."""

    post_id: str
    """Keyed hash of `source:native_id`, 32 hex digits."""
    source: str
    text: str
    created_at: UtcDatetime
    received_at: UtcDatetime
    author: str | None = None
    """Pseudonym: keyed hash of the network and the author's stable id, 32 hex digits."""
    own: bool = False
    edited_at: UtcDatetime | None = None
    language: str | None = None
    kind: Kind = "post"
    thread: str | None = None
    """Keyed hash of the conversation (the post_id its first message has or would have)."""
    reply_to: str | None = None
    """post_id of the message it answers."""
    replayed_from: UtcDatetime | None = None
    origin: str = ""
    """Native id and link, encrypted; kept in a table of its own and dropped by `forget`."""

    @property
    def replay(self) -> bool:
        """True when this message comes from an archive that is played again."""
        return self.replayed_from is not None

    @property
    def example(self) -> bool:
        """True for a made-up post of the example week."""
        return is_example(self.source)

    @property
    def channel(self) -> str:
        """The network it came by, or as if it had come by."""
        return self.source.removeprefix(EXAMPLE)

    @property
    def world(self) -> World:
        """Where it was said: posts of two worlds never share an incident."""
        if self.example:
            return "example"
        return "replay" if self.replay else "live"
