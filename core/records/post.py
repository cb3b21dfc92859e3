"""Define a public message as fetched (`Raw`) and as stored (`Post`).

`Raw` is never stored; `Post` is pseudonymised.
"""

import hashlib
from typing import Annotated, Literal, Self, get_args

from pydantic import Field

from core.parts import sources
from core.records import IndexedAs, Record, UtcDatetime

Kind = Literal["post", "comment", "reply", "repost", "quote"]
Style = Literal["network", "platform", "letter"]
"""How people write: short posts, proposals and forums, e-mails and forms."""
PRIVATE_SOURCES = frozenset(name for name, one in sources().items() if one.style == "letter")
"""Sources of private messages to the council: counted and handled as any other, but never quoted in a report."""

EXAMPLE = "example-"
"""Prefix of sources whose posts are made up for the example month; they never enter open data or public figures."""
Provenance = Literal["live", "replay", "example"]

MOST_COUNT = 2**53 - 1
Counter = Annotated[int, Field(ge=0, le=MOST_COUNT), IndexedAs("long")]
"""A count that a network shows beside a message."""
REACH = ("likes", "shares", "replies", "views")
"""Fields of the counts; networks differ in which of them they show."""
FollowersBand = Literal["under_100", "100_1k", "1k_10k", "over_10k"]
"""How many followers an author has, coarsely: the number itself would identify the person behind a pseudonym."""
FOLLOWERS_BANDS: tuple[FollowersBand, ...] = get_args(FollowersBand)
"""In order, from few to many."""


def is_example(source: str) -> bool:
    """Return whether the posts of a source were written as an example."""
    return source.startswith(EXAMPLE)


class Raw(Record):
    """Hold one message as its network gave it.

    Never stored: `core.privacy.pseudonymise` converts it to a `Post` first.
    """

    source: str
    """Name of the collector, as in `[sources.NAME]`."""
    native_id: str
    """The message's id, unique across the network."""
    text: str
    """Plain text (HTML already removed)."""
    created_at: UtcDatetime
    """When its author published it, according to the network."""
    received_at: UtcDatetime
    """When it was collected. For a replayed archive: the replayed `created_at`."""
    author_id: str | None = None
    """The network's stable id of the author; None when the network withholds it."""
    handle: str | None = None
    """The author's visible name, so that it can be redacted in the text."""
    handle_is_unique: bool = False
    """True: a handle of this network identifies one account, so the city's `handles` identify posts by the city. The name on an e-mail,
    of a forum user or of a channel can be chosen by anyone: there the profile lists the city's accounts (`own`, `own_ids`)."""
    own: bool = False
    """Written by the city itself."""
    edited_at: UtcDatetime | None = None
    language: str | None = None
    """According to the network; such tags are often wrong, the annotator decides."""
    kind: Kind = "post"
    thread_id: str | None = None
    """Native id of the conversation it belongs to."""
    reply_to: str | None = None
    """Native id of the message it answers."""
    url: str | None = None
    likes: Counter | None = None
    """Likes, favourites or points when it was fetched; None: the network does not tell."""
    shares: Counter | None = None
    """Reposts, boosts and quotes."""
    replies: Counter | None = None
    views: Counter | None = None
    followers: Counter | None = None
    """Followers of its author; `core.privacy` keeps a band of it, never the number."""
    lat: Annotated[float, Field(ge=-90, le=90)] | None = None
    """Of the point that the writer gives as the place of what is reported, in WGS 84; never where the writer is."""
    lon: Annotated[float, Field(ge=-180, le=180)] | None = None
    service: str | None = None
    """Topic of the service that its writer chose in a form that also asks for the place; None: chose none."""
    style: Style | None = None
    """Of a message from a file, which can come from anywhere; None: as its source says."""
    replayed_from: UtcDatetime | None = None
    """The real date of a message that is replayed from an archive as if it were new."""
    place: str = ""
    """Location in the input (`file.jsonl:17`), stored only if the message is rejected."""


class Reach(Record):
    """Hold the counts of a message that its network still shows.

    `find_deleted` returns it where the network's answer has counts. None: it does not tell.
    """

    likes: Counter | None = None
    shares: Counter | None = None
    replies: Counter | None = None
    views: Counter | None = None
    followers: Counter | None = None


class StoredReach(Record):
    """Hold the reach of a post as it may be stored."""

    likes: Counter | None = None
    shares: Counter | None = None
    replies: Counter | None = None
    views: Counter | None = None
    followers_band: FollowersBand | None = None


class Rejected(Record):
    """Describe a record that could not be parsed.

    It holds the location and the reason, never the text.
    """

    source: str
    place: str
    """Location in the input: `file.jsonl:17`, `page 3 item 12`."""
    reason: str
    """A short code: bad_json, bad_row, bad_encoding, too_large, nul, lone_surrogate, bad_date, empty_text, missing_field ..."""
    size: int
    """Bytes of the record."""
    digest: str
    """SHA-256 (hex) of the record's bytes; the ledger keeps only a keyed hash of it."""

    @classmethod
    def of(cls, source: str, place: str, reason: str, record: str | bytes) -> Self:
        """Describe a rejected record by its size and digest, never its text."""
        content = record.encode("utf-8", "surrogatepass") if isinstance(record, str) else record
        return cls(source=source, place=place, reason=reason, size=len(content), digest=hashlib.sha256(content).hexdigest())


class Post(Record):
    """Hold one public message as stored.

    It has no handle, native id, link or personal number.
    """

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
    likes: Counter | None = None
    shares: Counter | None = None
    replies: Counter | None = None
    views: Counter | None = None
    """Counts when the network last returned the message; None: it does not tell."""
    followers_band: FollowersBand | None = None
    """Of its author, at that time."""
    lat: float | None = None
    """Of the point that the writer gives as the place, within about a metre; None: it gives none."""
    lon: float | None = None
    service: str | None = None
    """Topic of the service that its writer chose, and said where it is; None: chose none."""
    style: Style | None = None
    """How its writer's kind of source writes, where the source does not tell; None: as the source says."""
    replayed_from: UtcDatetime | None = None
    origin: str = ""
    """Native id and link, encrypted; stored in a separate table and removed by `forget`."""

    @property
    def replay(self) -> bool:
        """Return whether this message comes from a replayed archive."""
        return self.replayed_from is not None

    @property
    def example(self) -> bool:
        """Return whether the post was made up for the example month."""
        return is_example(self.source)

    @property
    def channel(self) -> str:
        """Return the network, for an example the one it imitates."""
        return self.source.removeprefix(EXAMPLE)

    @property
    def provenance(self) -> Provenance:
        """Return `live`, `replay` or `example`; an incident never mixes them."""
        if self.example:
            return "example"
        return "replay" if self.replay else "live"
